Feature: The buyer's country is known
  Paymentwall tells the country from which a buyer paid. Tax and export rules depend on it, so it comes from the look-up.

  @COUNTRY-01 @must
  Rule: The look-up gives the buyer's country
    Scenario Outline: A buyer from <country> paid
      Given an order that a buyer from "<country>" paid
      When the Operator looks the payment up with its extension
      Then the country is "<country>"

      Examples:
        | country |
        | KR      |
        | US      |

  @COUNTRY-02 @must
  Rule: The merchant keeps the looked-up country
    Scenario: The order remembers where it was paid from
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      When a buyer from "JP" pays it
      Then the order's country is the one that the look-up gives
