@v2
Feature: What only PortOne V2 has
  Webhooks are signed, amounts are minor units, a payment has several attempts, and a cancellation is asked for first.

  @WEBHOOK-22 @must
  Rule: A forged or stale signature is refused, or only the look-up is believed
    Scenario Outline: A webhook <signed otherwise> says paid about a payment that the buyer broke off
      Given a merchant who acts on webhooks
      And an order whose payment the buyer broke off
      When the Attacker reports that payment as paid, <signed otherwise>
      Then the order is still not paid

      Examples:
        | signed otherwise              |
        | without a signature           |
        | with an invented secret       |
        | with another body's signature |

    @needs-console @needs-clock
    Scenario: The webhook of a payment comes again after its cancellation, with an old signature
      Given an order whose payment was cancelled, and which says so
      When the Attacker reports that payment as paid, with a signature that is ten minutes old
      Then the order is still cancelled

  @WEBHOOK-23 @must @needs-console
  Rule: While the secret rotates, what either secret signed is taken
    Scenario Outline: PortOne signs with a second secret, <before> the merchant's
      Given a merchant who acts on webhooks
      And an order
      And PortOne signs its webhooks with a second secret too, <before> the merchant's
      When PortOne reports its payment
      Then the order is paid

      Examples:
        | before |
        | before |
        | after  |

    Scenario Outline: PortOne signs with the <first> of the merchant's two secrets alone
      Given a merchant who acts on webhooks
      And an order
      And PortOne signs its webhooks with the <first> of the merchant's two secrets alone
      When PortOne reports its payment
      Then the order is paid

      Examples:
        | first  |
        | second |
        | first  |

  @WEBHOOK-24 @must
  Rule: Types that are not known are ignored
    Scenario Outline: PortOne sends a webhook about <something else>
      Given a merchant who acts on webhooks
      And an order
      When PortOne sends a webhook about <something else>
      Then the merchant took it
      And the order is still unpaid

      Examples:
        | something else                  |
        | its payment, of an unknown type |
        | a billing key                   |

  @WEBHOOK-25 @must @needs-methods
  Rule: The attempt that succeeds pays, and what became of the others changes nothing
    Scenario: The first attempt was declined, the second one paid, and the first is reported last
      Given a merchant who acts on webhooks
      And an order
      When its first attempt is declined, its second one goes through, and PortOne reports the first one last
      Then the order is paid
      And it was fulfilled once

  @APPROVAL-04 @must @needs-console
  Rule: A payment that is pending is none, until PortOne calls it paid
    Scenario: PortOne reports that a payment is pending
      Given a merchant who acts on webhooks
      And an order
      When PortOne reports that its payment is pending
      Then the order is still not paid

    Scenario Outline: Paymentwall approves a payment that was pending <later>
      Given a merchant who acts on webhooks
      And an order whose payment PortOne has reported as pending
      When Paymentwall approves the payment <later>
      Then the order is paid
      And it was fulfilled once

      Examples:
        | later            |
        | at once          |
        | three days later |

    Scenario: Paymentwall declines a payment that was pending
      Given a merchant who acts on webhooks
      And an order whose payment PortOne has reported as pending
      When Paymentwall declines the payment two minutes later
      Then the order is still not paid

  @CHECKOUT-21 @must
  Rule: Amounts are whole numbers of minor units, in every currency
    Scenario Outline: A page asks for a payment in minor units of a currency with <decimals> decimals
      Given an order in a currency with <decimals> decimals
      When the Buyer goes to pay it
      Then the total that it asks for is the order's amount in minor units

      Examples:
        | decimals |
        | 0        |
        | 2        |
        | 3        |

  @CHECKOUT-22 @must @needs-methods
  Rule: A payment through a test channel pays no live order, whoever signed its webhook
    Scenario: The live stage's secret signs the webhook of a payment through the test channel
      Given a merchant who acts on webhooks
      And an order that the Attacker paid through the test channel
      When PortOne reports that payment as paid, with the live stage's signature
      Then the order is still not paid

  @CANCEL-21 @must @needs-console
  Rule: A cancellation that was only requested has not happened
    Scenario: A look-up shows a cancellation that was requested
      Given an order that was paid
      When its cancellation is requested in PortOne's console, and the merchant reconciles open orders
      Then the order is not called cancelled

  @CANCEL-22 @must @needs-deliveries @needs-console
  Rule: A webhook that a cancellation is pending cancels nothing
    Scenario: PortOne reports that a cancellation is pending
      Given an order that was paid
      When the Operator requests its cancellation in PortOne's console
      Then the order is not called cancelled

  @CANCEL-23 @must @needs-console
  Rule: A cancellation that was stopped leaves the order paid
    Scenario: The Operator stops a cancellation that waits
      Given an order that is waiting for cancellation
      When the Operator stops its cancellation at PortOne, and the merchant reconciles open orders
      Then the order is paid

  @CANCEL-24 @should @needs-console
  Rule: A dispute is brought to a person's attention
    Scenario: The buyer's bank disputes a payment
      Given a merchant who acts on webhooks
      And an order that was paid
      When the Buyer's bank disputes its payment
      Then the order is still paid
      And somebody is told about the dispute

    @where-faults
    Scenario: A dispute overtakes the answer to what its webhook has the merchant look up
      Given a merchant who looks payments up
      And an order whose payment was not reported yet
      When a dispute overtakes the answer to what its webhook has the merchant look up
      Then somebody is told about the dispute
