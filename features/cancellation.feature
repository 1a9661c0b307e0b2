Feature: Cancellations are tickets whose result comes later
  A refund only opens a ticket at Paymentwall. Until its final result comes, days later, the money has not gone back and
  the order is neither paid nor cancelled: it waits.

  @CANCEL-01 @must
  Rule: A refund asks PortOne to cancel that payment
    Scenario: The merchant refunds an order
      Given an order that was paid
      When the Merchant is asked to refund it
      Then PortOne was asked to cancel that payment

    @where-methods @since-2026-12
    Scenario: The merchant refunds an order whose first card was declined
      Given an order that was paid after a card had been declined
      When the Merchant is asked to refund it
      Then PortOne was asked to cancel that payment

    @where-browser @where-methods @since-2026-12
    Scenario: The merchant refunds an order that was paid in the tab opened first
      Given a checkout in which buyers can pay
      And a merchant who can refund
      And an order that was paid in the first of two tabs
      When the Merchant is asked to refund it
      Then PortOne was asked to cancel that payment

  @CANCEL-02 @must
  Rule: Until the result comes, the order waits for cancellation
    Scenario: The ticket is open
      Given an order that was paid
      When the Merchant is asked to refund it
      Then the order is waiting for cancellation

    @where-tickets @where-console
    Scenario: The ticket for a part is open
      Given a merchant who refunds parts
      And a merchant who can refund
      And an order that was paid
      When the Merchant is asked to refund a third of it
      Then no part of it is called cancelled

  @CANCEL-03 @must @needs-refund
  Rule: The final result makes the order cancelled
    Scenario: Paymentwall accepts the ticket after three days
      Given PortOne gives notice of every cancellation
      And an order whose refund was asked for
      When Paymentwall accepts the ticket three days later
      Then the order is cancelled
      And its whole amount is cancelled

    @needs-clock
    Scenario Outline: PortOne's notice of the result comes <how>
      Given PortOne gives notice of every cancellation
      And an order whose refund was asked for
      When Paymentwall accepts the ticket, and PortOne's notice comes <how>
      Then the order is cancelled

      Examples:
        | how                            |
        | two days late                  |
        | three times                    |
        | three times at the same moment |

  @CANCEL-04 @must
  Rule: Waiting changes nothing, and asking again opens no second ticket
    Scenario: Days pass while the ticket waits
      Given an order that is waiting for cancellation
      When two days pass
      Then the order is still waiting for cancellation

    Scenario: A refund is asked for again while the ticket waits
      Given an order that is waiting for cancellation
      When the Merchant is asked to refund it again two days later
      Then the order is still waiting for cancellation
      And Paymentwall has one ticket for it

    Scenario: Refunds are asked for in two browsers at the same moment
      Given a merchant who can refund
      And 5 orders that were paid
      When the Merchant is asked 2 times at the same moment to refund each
      Then Paymentwall has one ticket for each

    @where-tickets @where-console
    Scenario: Refunds of a part are asked for in two browsers at the same moment
      Given a merchant who refunds parts
      And a merchant who can refund
      And 3 orders that were paid
      When the Merchant is asked 2 times at the same moment to refund a third of each
      Then Paymentwall has one ticket for each

  @CANCEL-05 @must @needs-clock @needs-journal
  Rule: Several tickets are resolved one by one, each for its own order
    @needs-refund
    Scenario Outline: Paymentwall accepts two of three tickets, the <one> before the <other>
      Given a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And 3 orders that are waiting for cancellation
      When Paymentwall accepts the tickets of the <one> and then of the <other>
      Then the <one> and the <other> order are cancelled
      And the <third one> order is still waiting for cancellation

      Examples:
        | one    | other  | third one |
        | first  | second | third     |
        | first  | third  | second    |
        | second | first  | third     |
        | second | third  | first     |
        | third  | first  | second    |
        | third  | second | first     |

    @needs-console
    Scenario: The tickets were opened in PortOne's console
      Given 3 orders whose payments the Operator is cancelling in PortOne's console
      When Paymentwall accepts the tickets of the third and then of the first
      Then the third and the first order are cancelled
      And the second order is not called cancelled

  @CANCEL-06 @must @needs-refund
  Rule: A method that is cancelled at once ends cancelled
    Scenario: A PayPal payment is refunded without a waiting time
      Given PortOne gives notice of every cancellation
      And an order that was paid with a method that is cancelled at once
      When the Merchant is asked to refund it
      Then the order is cancelled

    @where-faults @where-deliveries @since-2026-12
    Scenario: A PayPal payment is refunded, and PortOne's notice comes before its answer
      Given PortOne gives notice of every cancellation
      And an order that was paid with a method that is cancelled at once
      When the Merchant is asked to refund it, and PortOne's notice comes before its answer
      Then the order is cancelled

    Scenario Outline: A PayPal payment is refunded, and PortOne's notice comes <how>
      Given PortOne gives notice of every cancellation
      And an order that was paid with a method that is cancelled at once
      When the Merchant is asked to refund it, and PortOne's notice comes <how>
      Then the order is cancelled

      Examples:
        | how                            |
        | two days late                  |
        | three times                    |
        | three times at the same moment |

  @CANCEL-07 @must
  Rule: A refused cancellation leaves the order paid and is shown
    Scenario: The payment method cannot be refunded
      Given an order that was paid with a method that cannot be cancelled
      When the Merchant is asked to refund it
      Then the order is still paid
      And the Merchant was shown that it was refused

    @where-faults @where-methods @since-2026-12
    Scenario: PortOne refuses another third of an order of which a third is cancelled
      Given a merchant who refunds parts
      And a merchant who shows refusals
      And PortOne gives notice of every cancellation
      And an order of which a third is cancelled
      When the Merchant is asked to refund a third of it, and PortOne refuses
      Then the order is partly cancelled
      And a third of its amount is cancelled

    @needs-clock
    Scenario: Paymentwall refuses the ticket later, and nobody says so
      Given an order that waits, and whose ticket was refused without a word
      When the merchant reconciles open orders
      Then the order is not called cancelled

  @CANCEL-08 @should @needs-methods
  Rule: Waiting for too long is brought to a person's attention, and cancels nothing
    Scenario Outline: An order waits beyond the Merchant's limit, and its ticket <became>
      Given an order that waits, and whose ticket <became>
      When its waiting passes the Merchant's limit
      Then the order is not called cancelled
      And somebody is told that it waits

      Examples:
        | became             |
        | is still worked on |

      @v1
      Examples:
        | became                     |
        | was refused without a word |

  @CANCEL-09 @must
  Rule: A partial cancellation leaves the rest paid
    Scenario Outline: A third is refunded of an order in a currency with <decimals> decimals
      Given a merchant who refunds parts
      And PortOne gives notice of every cancellation
      And an order that was paid in a currency with <decimals> decimals
      When a third of it is refunded and Paymentwall accepts
      Then the order is partly cancelled
      And a third of its amount is cancelled

      Examples:
        | decimals |
        | 0        |
        | 2        |
        | 3        |

    @where-methods @since-2026-12
    Scenario: A third of a PayPal payment is refunded without a waiting time
      Given a merchant who refunds parts
      And a merchant who can refund
      And PortOne gives notice of every cancellation
      And an order that was paid with a method that is cancelled at once
      When the Merchant is asked to refund a third of it
      Then the order is partly cancelled

    @since-2026-12
    Scenario Outline: The Merchant is asked to refund <what is no amount> of an order
      Given a merchant who refunds parts
      And an order that was paid
      When the Merchant is asked to refund <what is no amount> of it
      Then the order is still paid

      Examples:
        | what is no amount |
        | nothing           |
        | less than nothing |

  @CANCEL-10 @must
  Rule: Partial cancellations add up
    Scenario Outline: A third is refunded, and then the rest, in a currency with <decimals> decimals
      Given a merchant who refunds parts
      And a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And an order in a currency with <decimals> decimals, of which a third is cancelled
      When the rest of it is refunded and Paymentwall accepts
      Then the order is cancelled
      And its whole amount is cancelled

      Examples:
        | decimals |
        | 0        |
        | 2        |
        | 3        |

    @where-methods @since-2026-12
    Scenario: A third is refunded, and then another third
      Given a merchant who refunds parts
      And a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And an order of which a third is cancelled
      When a third of it is refunded and Paymentwall accepts
      Then the order is partly cancelled
      And two thirds of its amount are cancelled

  @CANCEL-11 @should
  Rule: The cancellation carries a checksum
    Scenario: The merchant says how much can still be cancelled
      Given an order that was paid
      When the Merchant is asked to refund it
      Then the cancellation carries the amount that can still be cancelled as its checksum

    Scenario: The merchant refunds a part of what can still be cancelled
      Given a merchant who refunds parts
      And a merchant who can refund
      And an order that was paid
      When the Merchant is asked to refund a third of it
      Then the cancellation carries the amount that can still be cancelled as its checksum

    @needs-console @needs-clock @needs-order
    Scenario: A partial cancellation the shop does not know about
      Given a merchant who refunds parts
      And an order of which the Operator cancelled a third in PortOne's console, without the merchant knowing
      When the Merchant is asked to refund a third of it
      Then no money goes back that the Merchant's checksum does not cover

  @CANCEL-12 @must
  Rule: The result reaches the order also where PortOne gives no notice unasked
    Scenario: Paymentwall accepts a ticket and PortOne gives notice only on request
      Given a merchant who ends the waiting when a result comes
      And PortOne gives notice of cancellations only on request
      And an order that is waiting for cancellation
      When Paymentwall accepts the ticket three days later, and the merchant reconciles open orders
      Then the order is cancelled

    @where-methods @since-2026-12
    Scenario: Paymentwall accepts the ticket for a part, and PortOne gives notice only on request
      Given a merchant who refunds parts
      And a merchant who ends the waiting for a part when its result comes
      And PortOne gives notice of cancellations only on request
      And an order that was paid
      When a third of it is refunded and Paymentwall accepts
      And the merchant reconciles open orders
      Then the order is partly cancelled

  @CANCEL-13 @must
  Rule: Where currencies differ, a refused partial cancellation leaves the order as it was and is shown
    Scenario: A third is refunded of a payment that is settled in another currency
      Given a merchant who refunds parts
      And a merchant who shows refusals
      And an order that was paid in a currency that Paymentwall does not settle in
      When the Merchant is asked to refund a third of it
      Then the order is still paid
      And the Merchant was shown that it was refused

    Scenario: The whole of such a payment is refunded
      Given a merchant who can refund
      And an order that was paid in a currency that Paymentwall does not settle in
      When the Merchant is asked to refund it
      Then Paymentwall has one ticket for it

  @CANCEL-14 @must @needs-console @needs-clock
  Rule: A cancellation made in PortOne's console reaches the order
    Scenario: The Operator cancels in the console
      Given a merchant who acts on webhooks
      And an order that was paid
      When the Operator cancels its payment in PortOne's console
      Then the order is cancelled

    Scenario: The Operator cancels a third in the console
      Given a merchant who acts on webhooks
      And an order that was paid
      When the Operator cancels a third of its payment in PortOne's console
      Then the order is not called cancelled as a whole
      And a third of its amount is cancelled

    @since-2026-12
    Scenario: The Operator cancels a third in the console, and then another
      Given a merchant who acts on webhooks
      And an order that was paid
      When the Operator cancels a third of its payment in PortOne's console, and then another
      Then the order is not called cancelled as a whole
      And two thirds of its amount are cancelled

  @CANCEL-15 @should @needs-console
  Rule: What Paymentwall takes back or gives back by itself reaches the order
    Scenario Outline: Paymentwall reports <what>
      Given an order that was paid
      When Paymentwall reports <what>
      Then the order is cancelled, or somebody is told

      Examples:
        | what                |
        | a chargeback        |
        | a card fraud        |
        | another fraud       |
        | a refund of its own |

    @where-refund @where-tickets @since-2026-12
    Scenario: A chargeback comes for an order of which a third is cancelled
      Given a merchant who refunds parts
      And a merchant who hears of cancellations in PortOne's console
      And PortOne gives notice of every cancellation
      And an order of which a third is cancelled
      When Paymentwall reports a chargeback
      Then the order is cancelled, or somebody is told

  @CANCEL-16 @must @needs-refund
  Rule: The same cancellation result again is counted once
    Scenario Outline: The result of a partial cancellation, in a currency with <decimals> decimals, comes three times
      Given a merchant who refunds parts
      And PortOne gives notice of every cancellation
      And an order in a currency with <decimals> decimals, of which a third is cancelled
      When PortOne delivers its last webhook 2 more times
      Then a third of its amount is cancelled

      Examples:
        | decimals |
        | 0        |
        | 2        |
        | 3        |

    Scenario Outline: The result of a whole cancellation comes <how>
      Given a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And an order that is waiting for cancellation
      When Paymentwall accepts the ticket, and PortOne's notice comes <how>
      Then its whole amount is cancelled

      Examples:
        | how                            |
        | three times                    |
        | three times at the same moment |

  @CANCEL-17 @must
  Rule: A forged cancellation changes nothing
    Scenario: A webhook says cancelled about a payment that stands
      Given an order that was paid
      When the Attacker reports that payment as cancelled
      Then the order is still paid

    @needs-refund @needs-tickets @needs-console
    Scenario: A webhook says cancelled while the ticket waits
      Given an order that is waiting for cancellation
      When the Attacker reports that payment as cancelled
      Then the order is still waiting for cancellation

    @where-refund @where-tickets @where-console @since-2026-12
    Scenario: What a forged webhook says too early does not hide the true cancellation
      Given a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And an order that is waiting for cancellation
      When the Attacker reports that payment as cancelled
      And Paymentwall accepts the ticket three days later
      Then the order is cancelled

  @CANCEL-18 @must
  Rule: An unclear answer is neither a yes nor a no
    Scenario Outline: A refund is asked for, and <what happens>
      Given an order that was paid
      When the Merchant is asked to refund it, and <what happens>
      Then the payment was looked up afterwards
      And the order is not called cancelled

      Examples:
        | what happens                 |
        | its request is lost          |
        | PortOne's answer is lost     |
        | PortOne fails before it acts |
        | PortOne fails after it acted |
        | PortOne answers garbage      |
        | PortOne never answers        |

    @where-tickets @where-faults
    Scenario Outline: A refund is asked for once, and <what happens>
      Given a merchant who can refund
      And an order that was paid
      When the Merchant is asked to refund it, and <what happens>
      Then Paymentwall has no second ticket for it

      Examples:
        | what happens                 |
        | PortOne's answer is lost     |
        | PortOne fails after it acted |

    @where-tickets @where-faults
    Scenario Outline: A refund of a part is asked for once, and <what happens>
      Given a merchant who refunds parts
      And a merchant who can refund
      And an order that was paid
      When the Merchant is asked to refund a third of it, and <what happens>
      Then Paymentwall has no second ticket for it
      And no part of it is called cancelled

      Examples:
        | what happens                 |
        | PortOne's answer is lost     |
        | PortOne fails after it acted |
        | PortOne answers garbage      |

    @needs-clock
    Scenario Outline: The ticket was opened all the same, though <what happened>
      Given a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And an order whose refund was asked for when <what happened>
      When Paymentwall accepts the ticket three days later
      Then the order is cancelled

      Examples:
        | what happened                |
        | PortOne's answer is lost     |
        | PortOne fails after it acted |
        | PortOne answers garbage      |

  @CANCEL-19 @must
  Rule: A stranger cannot refund an order
    Scenario Outline: The refund action is used by <somebody>
      Given a merchant who can refund
      And an order that was paid
      When <somebody> asks for its refund
      Then the order is still paid
      And Paymentwall has no ticket for it

      Examples:
        | somebody                                       |
        | a stranger                                     |
        | a stranger who guesses a password              |
        | somebody who is logged in and may not refund   |
        | a stranger who claims to be at a local address |

    @where-methods @since-2026-12
    Scenario Outline: No header opens the refund action to <somebody>
      Given a merchant who can refund
      And an order that was paid
      When <somebody> asks for its refund
      Then the order is still paid
      And Paymentwall has no ticket for it

      Examples:
        | somebody                                           |
        | a stranger who calls the shop by a local name      |
        | a stranger who claims to be an administrator       |
        | a stranger whose cookie says administrator         |
        | a stranger who claims to come from the shop's page |
        | a stranger who names the address in a header       |
        | a stranger who names the method in a header        |

  @CANCEL-20 @must @needs-methods
  Rule: A cancellation that failed can be asked for again
    Scenario: The method can be refunded again on the second day
      Given an order whose refund was refused
      And a payment method that can be cancelled by now
      When the Merchant is asked to refund it
      Then Paymentwall has one ticket for it

    Scenario: PortOne refused the refund for the moment only
      Given an order whose refund PortOne refused for the moment
      When the Merchant is asked to refund it
      Then Paymentwall has one ticket for it
