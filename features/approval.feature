Feature: Paymentwall reviews first
  Paymentwall may hold a payment for risk review. The buyer's side sees a failure; minutes or days later the approval
  arrives, for a payment that the shop had given up.

  @APPROVAL-01 @must
  Rule: A payment that failed at first and was approved later is not ignored
    Scenario: The review ends well
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      When Paymentwall approves the payment
      Then the order is paid, or the money is sent back

  @APPROVAL-03 @must
  Rule: A payment that is declined after review stays unpaid
    Scenario: The review ends badly
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      When Paymentwall declines the payment
      Then the order is still not paid
