Feature: Cancellations are tickets whose result comes later
  A refund only opens a ticket at Paymentwall. Until its final result comes, days later, the money has not gone back and
  the order is neither paid nor cancelled: it waits.

  @CANCEL-01 @must
  Rule: A refund asks PortOne to cancel that payment
    Scenario: The merchant refunds an order
      Given an order that was paid
      When the Merchant is asked to refund it
      Then PortOne was asked to cancel that payment

  @CANCEL-02 @must
  Rule: Until the result comes, the order waits for cancellation
    Scenario: The ticket is open
      Given an order that was paid
      When the Merchant is asked to refund it
      Then the order is waiting for cancellation

  @CANCEL-03 @must @needs-refund
  Rule: The final result makes the order cancelled
    Scenario: Paymentwall accepts the ticket after three days
      Given PortOne gives notice of every cancellation
      And an order that is waiting for cancellation
      When Paymentwall accepts the ticket three days later
      Then the order is cancelled
      And its whole amount is cancelled

  @CANCEL-04 @must
  Rule: Waiting changes nothing, and asking again opens no second ticket
    Scenario: A refund is asked for again while the ticket waits
      Given an order that is waiting for cancellation
      When the Merchant is asked to refund it again two days later
      Then the order is still waiting for cancellation
      And Paymentwall has one ticket for it

  @CANCEL-06 @must @needs-refund
  Rule: A method that is cancelled at once ends cancelled
    Scenario: A PayPal payment is refunded without a waiting time
      Given PortOne gives notice of every cancellation
      And an order that was paid with a method that is cancelled at once
      When the Merchant is asked to refund it
      Then the order is cancelled

  @CANCEL-07 @must
  Rule: A refused cancellation leaves the order paid and is shown
    Scenario: The payment method cannot be refunded
      Given an order that was paid with a method that cannot be cancelled
      When the Merchant is asked to refund it
      Then the order is still paid
      And the Merchant was shown that it was refused

  @CANCEL-12 @must
  Rule: The result reaches the order also where PortOne gives no notice unasked
    Scenario: Paymentwall accepts a ticket and PortOne gives notice only on request
      Given PortOne gives notice of cancellations only on request
      And an order that is waiting for cancellation
      When Paymentwall accepts the ticket three days later
      Then the order is cancelled
