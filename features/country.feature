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
        | JP      |
        | US      |
        | DE      |

  @COUNTRY-02 @must
  Rule: The merchant keeps the looked-up country
    Scenario Outline: The order remembers that it was paid from <country>
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      When a buyer from "<country>" pays it
      Then the order's country is the one that the look-up gives

      Examples:
        | country |
        | JP      |
        | KR      |
        | US      |

      @since-2026-12
      Examples:
        | country |
        | GB      |
        | NO      |
        | PR      |

    @where-open-orders @where-methods @since-2026-12
    Scenario: The order still remembers it once the merchant has looked again
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      When a buyer from "JP" pays it
      And the merchant reconciles open orders
      Then the order's country is the one that the look-up gives

  @COUNTRY-03 @must @needs-console
  Rule: A payment without a country is still paid
    Scenario: Paymentwall does not send the country
      Given a merchant who acts on webhooks
      And an order
      And Paymentwall sends no country
      When PortOne reports its payment
      Then the order is paid

  @COUNTRY-04 @must
  Rule: A country that somebody claims is not believed
    Scenario: A webhook claims another country than the look-up
      Given an order that was paid from "JP"
      When a webhook about it arrives with another country in it
      Then the order's country is the one that the look-up gives

    @where-console @since-2026-12
    Scenario: The look-up gives no country, and no other takes its place
      Given a merchant who acts on webhooks
      And an order
      And Paymentwall sends no country
      When PortOne reports its payment
      Then the order names no country

  @COUNTRY-05 @should @needs-methods
  Rule: Unusual country codes do no harm
    Scenario Outline: Paymentwall names the country <code>
      Given a merchant who acts on webhooks
      And an order
      When a buyer from "<code>" pays it
      Then the order is paid

      Examples:
        | code |
        | XK   |
        | AQ   |
        | ZZ   |
        | kr   |

    Scenario Outline: The look-up names <no country> as the country
      Given a merchant who acts on webhooks
      And an order
      When PortOne reports its payment and names <no country> as the country
      Then the order is paid

      Examples:
        | no country    |
        | null          |
        | an empty text |
        | three letters |
        | a number      |
