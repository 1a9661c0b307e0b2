Feature: Paymentwall reviews first
  Paymentwall may hold a payment for risk review. The buyer's side sees a failure; minutes or days later the approval
  arrives, for a payment that the shop had given up.

  @APPROVAL-01 @must
  Rule: A payment that failed at first and was approved later is not ignored
    Scenario Outline: The review ends well <later>
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      When Paymentwall approves the payment <later>
      Then the order is paid, or the money is sent back

      Examples:
        | later             |
        | at once           |
        | two minutes later |
        | three days later  |

    @since-2026-12
    Scenario: What a forged webhook says too early does not hide the approval
      Given a merchant who acts on webhooks
      And an order whose payment is under review
      When the Attacker reports that payment as paid
      And Paymentwall approves the payment two minutes later
      Then the order is paid, or the money is sent back

  @APPROVAL-02 @must
  Rule: Two payments of one order lead to one fulfilment, and nobody's money is kept in silence
    @v1
    Scenario Outline: Both payments are approved, and the <one> is reported last
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has paid it once more
      When Paymentwall approves the first payment, and the <one> is reported last
      Then the order is paid
      And the other payment is sent back, or somebody is told
      And it was fulfilled once

      Examples:
        | one    |
        | first  |
        | second |

    @needs-browser
    Scenario: The second payment was made in the checkout
      Given a merchant who acts on webhooks
      And a checkout in which buyers can pay
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has gone back to the checkout and paid it there
      When Paymentwall approves the first payment, and the first is reported last
      Then the order is paid
      And the other payment is sent back, or somebody is told
      And it was fulfilled once

    @where-console @where-clock @v1
    Scenario: The surplus payment is cancelled
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has paid it once more
      When Paymentwall approves the first payment, and the surplus one is cancelled
      Then the order is still paid
      And it was fulfilled once

    @where-console @where-clock @since-2026-12
    Scenario: The first payment is approved after the second was cancelled
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has paid it once more
      When the second payment is cancelled, and Paymentwall approves the first after that
      Then the first payment pays the order, is sent back, or somebody is told

  @APPROVAL-03 @must
  Rule: A payment that is declined after review stays unpaid
    Scenario Outline: The review ends badly <later>
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      When Paymentwall declines the payment <later>
      Then the order is still not paid

      Examples:
        | later             |
        | at once           |
        | two minutes later |
        | three days later  |

    Scenario: The held authorisation is voided
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      When Paymentwall voids the payment three days later
      Then the order is still not paid
