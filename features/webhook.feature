Feature: Results arrive by webhook and are believed only after a look-up
  PortOne's webhook is not signed: anybody can send one. It says that there is something to look up, nothing more.

  @WEBHOOK-01 @must
  Rule: A webhook about a payment leads to a paid order
    Scenario: PortOne reports a payment
      Given an order
      When PortOne reports its payment
      Then the order is paid
      And the merchant answered PortOne without a server error

  @WEBHOOK-02 @must
  Rule: The configured Content-Type is understood
    Scenario Outline: PortOne reports a payment <charset>
      Given a merchant who acts on webhooks
      And an order
      And PortOne sends its webhooks in the configured Content-Type <charset>
      When PortOne reports its payment
      Then the order is paid

      Examples:
        | charset           |
        | with a charset    |
        | without a charset |

  @WEBHOOK-03 @may
  Rule: The other Content-Type is understood too
    Scenario: PortOne reports a payment in the Content-Type that is not configured
      Given a merchant who acts on webhooks
      And an order
      And PortOne sends its webhooks in the other Content-Type
      When PortOne reports its payment
      Then the order is paid

  @WEBHOOK-05 @must
  Rule: The looked-up status decides, not the body's
    Scenario: A webhook says paid about a payment that the buyer broke off
      Given a merchant who acts on webhooks
      And an order whose buyer broke the payment off
      When the Attacker reports that payment as paid
      Then the order is still not paid

  @WEBHOOK-08 @must
  Rule: The same webhook again changes nothing
    Scenario: PortOne delivers the same result three times
      Given an order that was paid
      When PortOne delivers its webhook 2 more times
      Then the order is still paid
      And it was fulfilled once

  @WEBHOOK-10 @must
  Rule: An invented payment changes nothing
    Scenario: A webhook names a payment that PortOne does not know
      Given a merchant who acts on webhooks
      And an order
      When the Attacker reports an invented payment for it
      Then the order is still unpaid
