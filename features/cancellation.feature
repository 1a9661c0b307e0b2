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

  @CANCEL-05 @must @needs-refund @needs-clock @needs-journal
  Rule: Several tickets are resolved one by one, each for its own order
    Scenario: Paymentwall accepts two of three tickets, the last one first
      Given PortOne gives notice of every cancellation
      And 3 orders that are waiting for cancellation
      When Paymentwall accepts the tickets of the third and of the first
      Then the third and the first order are cancelled
      And the second order is still waiting for cancellation

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

  @CANCEL-09 @must
  Rule: A partial cancellation leaves the rest paid
    Scenario: A third of the order is refunded
      Given PortOne gives notice of every cancellation
      And an order that was paid
      When a third of it is refunded and Paymentwall accepts
      Then the order is partly cancelled
      And a third of its amount is cancelled

  @CANCEL-10 @must
  Rule: Partial cancellations add up
    Scenario: A third is refunded, and then the rest
      Given PortOne gives notice of every cancellation
      And an order of which a third is cancelled
      When the rest of it is refunded and Paymentwall accepts
      Then the order is cancelled
      And its whole amount is cancelled

  @CANCEL-11 @should
  Rule: The cancellation carries a checksum
    Scenario: The merchant says how much he believes can still be cancelled
      Given an order that was paid
      When the Merchant is asked to refund it
      Then the cancellation carries the amount that can still be cancelled as its checksum

  @CANCEL-12 @must
  Rule: The result reaches the order also where PortOne gives no notice unasked
    Scenario: Paymentwall accepts a ticket and PortOne gives notice only on request
      Given PortOne gives notice of cancellations only on request
      And an order that is waiting for cancellation
      When Paymentwall accepts the ticket three days later
      Then the order is cancelled

  @CANCEL-14 @must @needs-console @needs-clock
  Rule: A cancellation made in PortOne's console reaches the order
    Scenario: The Operator cancels in the console
      Given an order that was paid
      When the Operator cancels its payment in PortOne's console
      Then the order is cancelled

  @CANCEL-15 @should @needs-console
  Rule: A chargeback reaches the order
    Scenario: The buyer's bank takes the money back
      Given an order that was paid
      When Paymentwall reports a chargeback
      Then the order is cancelled, or somebody is told

  @CANCEL-16 @must @needs-refund
  Rule: The same cancellation result again is counted once
    Scenario: PortOne delivers the result of a partial cancellation three times
      Given PortOne gives notice of every cancellation
      And an order of which a third is cancelled
      When PortOne delivers its last webhook 2 more times
      Then a third of its amount is cancelled

  @CANCEL-17 @must
  Rule: A forged cancellation changes nothing
    Scenario: A webhook says cancelled about a payment that stands
      Given an order that was paid
      When the Attacker reports that payment as cancelled
      Then the order is still paid

  @CANCEL-18 @must
  Rule: An unclear answer is neither a yes nor a no
    Scenario: PortOne took the request, and its answer never came
      Given an order that was paid
      When the Merchant is asked to refund it and PortOne's answer is lost
      Then the payment was looked up afterwards
      And the order is not called cancelled

    Scenario: The request was lost on its way to PortOne
      Given an order that was paid
      When the Merchant is asked to refund it and his request is lost
      Then the payment was looked up afterwards
      And the order is not called cancelled

  @CANCEL-19 @must
  Rule: A stranger cannot refund an order
    Scenario: Somebody who is not logged in uses the refund action
      Given a merchant who can refund
      And an order that was paid
      When a stranger asks for its refund
      Then the order is still paid
      And Paymentwall has no ticket for it

  @CANCEL-20 @must @needs-methods
  Rule: A cancellation that failed can be asked for again
    Scenario: The method can be refunded again on the second day
      Given an order whose refund was refused
      And a payment method that can be cancelled by now
      When the Merchant is asked to refund it
      Then Paymentwall has one ticket for it
