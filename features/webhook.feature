Feature: Results arrive by webhook and are believed only after a look-up
  PortOne's webhook is not signed: anybody can send one. It says that there is something to look up, nothing more.

  @WEBHOOK-01 @must
  Rule: A webhook about a payment leads to a paid order
    @needs-deliveries
    Scenario: PortOne reports a payment
      Given an order
      When PortOne reports its payment
      Then the order is paid
      And the merchant answered PortOne without a server error

    Scenario Outline: PortOne reports a payment in a currency with <decimals> decimals
      Given an order in a currency with <decimals> decimals
      When PortOne reports its payment
      Then the order is paid

      Examples:
        | decimals |
        | 0        |
        | 2        |
        | 3        |

    @should @needs-deliveries
    Scenario: A good webhook is answered with 200
      Given an order
      When PortOne reports its payment
      Then the merchant answered PortOne with 200

  @WEBHOOK-02 @must @needs-console
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

  @WEBHOOK-04 @must
  Rule: The order does not change before the payment was looked up
    Scenario: PortOne holds the look-up back
      Given a merchant who acts on webhooks
      And an order
      When PortOne reports its payment and holds the look-up back for a while
      Then the order was unpaid for that while
      And the order is paid

  @WEBHOOK-05 @must
  Rule: The looked-up status decides, not the body's
    Scenario Outline: A webhook says paid about a payment that <went otherwise>
      Given a merchant who acts on webhooks
      And an order whose payment <went otherwise>
      When the Attacker reports that payment as paid
      Then the order is still not paid

      Examples:
        | went otherwise      |
        | the buyer broke off |
        | was declined        |
        | is still open       |
        | is under review     |
        | was cancelled       |

    Scenario Outline: A webhook says <less> about a payment that stands
      Given an order that was paid
      When the Attacker reports that payment as <less>
      Then the order is still paid

      Examples:
        | less   |
        | failed |
        | ready  |

    @v1 @since-2026-12
    Scenario: A webhook in the other Content-Type says paid about a payment that the buyer broke off
      Given a merchant who acts on webhooks
      And an order whose payment the buyer broke off
      When the Attacker reports that payment as paid, in the other Content-Type
      Then the order is still not paid

    @where-methods @where-open-orders
    Scenario Outline: The merchant reconciles an order whose payment <went otherwise>
      Given a merchant who finds payments that no webhook reported
      And an order
      When the merchant reconciles it, and its payment <went otherwise>
      Then the order is still not paid

      Examples:
        | went otherwise      |
        | the buyer broke off |
        | was declined        |
        | is still open       |
        | is under review     |
        | was cancelled       |

  @WEBHOOK-06 @must @needs-methods
  Rule: Amount and currency must be the order's
    Scenario Outline: A payment of <another price> does not pay the order
      Given a merchant who acts on webhooks
      And an order
      When PortOne reports a payment of <another price> for it
      Then the order is still not paid

      Examples:
        | another price                      |
        | a smaller amount                   |
        | an amount that its own begins with |
        | another currency                   |

    Scenario Outline: A payment of <a coin less> does not pay an order in a currency with <decimals> decimals
      Given a merchant who acts on webhooks
      And an order in a currency with <decimals> decimals
      When PortOne reports a payment of <a coin less> for it
      Then the order is still not paid

      Examples:
        | a coin less      | decimals |
        | a coin less      | 2        |
        | a coin more      | 2        |
        | a coin less      | 3        |
        | a coin more      | 3        |

      @since-2026-12
      Examples:
        | a coin less      | decimals |
        | another currency | 0        |
        | another currency | 3        |

    @where-browser
    Scenario Outline: A browser tells of a payment of <another price>, <on its way back>
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser calls a payment of <another price> a success, <on its way back>
      Then the order is still not paid

      Examples:
        | another price    | on its way back                    |
        | a smaller amount | in the callback                    |
        | another currency | in the callback                    |
        | a smaller amount | at m_redirect_url with imp_success |
        | another currency | at m_redirect_url with imp_success |
        | a smaller amount | at m_redirect_url with success     |

    @where-open-orders
    Scenario Outline: The merchant reconciles an order whose payment is of <another price>
      Given a merchant who finds payments that no webhook reported
      And an order
      When the merchant reconciles it, and its payment is of <another price>
      Then the order is still not paid

      Examples:
        | another price    |
        | a smaller amount |
        | another currency |
        | a coin less      |

  @WEBHOOK-07 @must
  Rule: A payment pays its own order only
    Scenario: A webhook names the payment of somebody else's order
      Given somebody else's order that was paid
      And an order
      When the Attacker reports somebody else's payment for it
      Then the order is still unpaid

    @needs-journal
    Scenario: A webhook names somebody else's payment, which stays theirs
      Given somebody else's order that was paid
      And an order
      When the Attacker reports somebody else's payment for it
      Then somebody else's payment still pays its own order

    @where-deliveries @where-methods @since-2026-12
    Scenario: A webhook names somebody else's payment before its own webhook comes
      Given a merchant who looks payments up
      And somebody else's order whose payment was not reported yet
      And an order
      When the Attacker reports somebody else's payment for it
      And PortOne delivers the webhook of somebody else's payment
      Then the order is still unpaid

    @needs-methods
    Scenario: The payment of another order names this one in what its page adds
      Given a merchant who acts on webhooks
      And an order
      When the Attacker pays another order, and has that payment name this one
      Then the order is still unpaid

  @WEBHOOK-08 @must @needs-deliveries
  Rule: The same webhook again changes nothing
    Scenario: PortOne delivers the same result three times
      Given a merchant who acts on webhooks
      And an order that was paid
      When PortOne delivers its webhook 2 more times
      Then the order is still paid
      And it was fulfilled once

    @should
    Scenario: The merchant does not ask for what it has
      Given a merchant who acts on webhooks
      And an order that was paid
      When PortOne delivers its webhook 2 more times
      Then the merchant answered PortOne's repetitions without a server error

    @needs-faults @needs-console
    Scenario: The merchant's good answers are lost, and PortOne delivers again
      Given a merchant who acts on webhooks
      And an order
      And PortOne delivers webhooks again
      When PortOne reports its payment and 2 answers of the merchant are lost
      Then the order is paid
      And it was fulfilled once

    @needs-console @needs-clock
    Scenario: The webhook of the payment comes again after a cancellation
      Given an order whose payment was cancelled, and which says so
      When PortOne delivers its webhook 2 more times
      Then the order is still cancelled

  @WEBHOOK-09 @must
  Rule: The same webhook at the same moment changes nothing more
    Scenario: PortOne delivers the same result several times at one moment
      Given a merchant who acts on webhooks
      And 10 orders whose payments were not reported yet
      When PortOne delivers each webhook 4 times at the same moment
      Then each order is paid
      And each was fulfilled once

  @WEBHOOK-10 @must
  Rule: An invented payment changes nothing
    Scenario: A webhook names a payment that PortOne does not know
      Given a merchant who acts on webhooks
      And an order
      When the Attacker reports an invented payment for it
      Then the order is still unpaid

    @needs-faults
    Scenario Outline: It cannot be looked up, because PortOne answers with <a failure>
      Given a merchant who acts on webhooks
      And an order
      When the Attacker reports an invented payment for it, and PortOne answers look-ups with <a failure>
      Then the order is still unpaid

      Examples:
        | a failure           |
        | a server error      |
        | an error page       |
        | a broken connection |
        | half an answer      |
        | silence             |
        | garbage             |
        | 401                 |

      @since-2026-12
      Examples:
        | a failure           |
        | a refusal           |

  @WEBHOOK-11 @should
  Rule: An order that is not known causes no server error
    Scenario: PortOne reports a payment for an order of another shop
      Given a merchant who acts on webhooks
      When PortOne reports a payment for an order that the merchant does not have
      Then the merchant answers without a server error

    Scenario: PortOne's report about another shop's order makes no order
      Given a merchant who acts on webhooks
      And a merchant whose orders can be asked for by attempt
      When PortOne reports a payment for an order that the merchant does not have
      Then the merchant still has no such order

    @since-2026-12
    Scenario: The Attacker reports another shop's payment as an order's
      Given a merchant who acts on webhooks
      And an order
      When the Attacker reports another shop's payment for it
      Then the merchant answers without a server error

  @WEBHOOK-12 @must
  Rule: A malformed body changes nothing and does not stop the endpoint
    Scenario Outline: A stranger sends <a malformed body>
      Given a merchant who acts on webhooks
      And an order
      When the Attacker sends <a malformed body> about it
      Then the order is still unpaid
      And the merchant still acts on webhooks

      Examples:
        | a malformed body             |
        | an empty body                |
        | text that is no JSON         |
        | JSON that breaks off         |
        | JSON ten thousand deep       |
        | a list                       |
        | a body without imp_uid       |
        | an object instead of imp_uid |
        | numbers instead of texts     |
        | a megabyte                   |
        | an odd merchant_uid          |
        | an empty form                |
        | a form without imp_uid       |
        | a form that is no text       |
        | a form of a megabyte         |

    @since-2026-12
    Scenario Outline: A webhook writes <more> behind the name of the payment that paid
      Given a merchant who acts on webhooks
      And an order that was paid
      When the Attacker reports that payment as paid, with <more> behind its name
      Then the order is still paid
      And it was fulfilled once

      Examples:
        | more            |
        | a question mark |
        | a slash         |

    @since-2026-12
    Scenario Outline: Whoever sends <nonsense> learns nothing from the answer
      Given a merchant who acts on webhooks
      When the Attacker sends <nonsense>
      Then no secret of the account is in what the merchant answered

      Examples:
        | nonsense                     |
        | text that is no JSON         |
        | an object instead of imp_uid |

  @WEBHOOK-13 @must
  Rule: A failing look-up loses nothing
    Scenario Outline: PortOne answers the look-up with <a failure> and delivers again
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      And PortOne delivers webhooks again
      When PortOne reports its payment and answers the look-up with <a failure>
      Then the order is paid

      Examples:
        | a failure           |
        | a server error      |
        | an error page       |
        | a broken connection |
        | half an answer      |
        | silence             |
        | garbage             |
        | 401                 |

    @where-tokens @since-2026-12
    Scenario: PortOne gives no access token at first and delivers again
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      And PortOne delivers webhooks again
      When PortOne reports its payment and gives no access token at first
      Then the order is paid

  @WEBHOOK-14 @must @needs-deliveries
  Rule: A webhook is answered in time
    Scenario: PortOne waits for the merchant's answer
      Given an order
      When PortOne reports its payment
      Then the merchant answered PortOne within 30 seconds

    Scenario: PortOne waits for the answer to each repetition
      Given an order that was paid
      When PortOne delivers its webhook 2 more times
      Then the merchant answered PortOne within 30 seconds

    @needs-console @needs-clock
    Scenario: PortOne waits for the answer to the webhook of a cancellation
      Given an order that was paid
      When the Operator cancels its payment in PortOne's console
      Then the merchant answered PortOne within 30 seconds

    @should
    Scenario: PortOne need not wait long
      Given an order
      When PortOne reports its payment
      Then the merchant answered PortOne within 10 seconds

  @WEBHOOK-15 @must
  Rule: A look-up answered late does not undo a newer result
    Scenario: "Paid" is still under way while "cancelled" is worked off
      Given a merchant who looks payments up
      And a merchant who hears of cancellations in PortOne's console
      And an order whose payment was not reported yet
      When it is cancelled while the look-up of its first webhook is under way
      Then the order is still cancelled

    @where-open-orders @since-2026-12
    Scenario: "Paid" is still under way to the merchant's job while a chargeback comes
      Given a merchant who looks payments up
      And a merchant who hears of cancellations in PortOne's console
      And a merchant who finds payments that no webhook reported
      And an order whose payment was not reported yet
      When PortOne holds back what the merchant's reconciliation has the merchant look up
      And Paymentwall reports a chargeback
      And PortOne lets go what it held back
      Then the order is still not paid

    Scenario: "Failed" is still under way while "paid" is worked off
      Given a merchant who looks payments up
      And a merchant who hears of approvals
      And an order whose payment is under review
      When Paymentwall approves its payment while a look-up that saw it fail is under way
      Then the order is still paid

    @since-2026-12
    Scenario: A chargeback comes while what a forged webhook says is still looked up
      Given a merchant who looks payments up
      And a merchant who hears of cancellations in PortOne's console
      And an order that was paid
      When PortOne holds back what a forged webhook has the merchant look up
      And Paymentwall reports a chargeback
      And PortOne lets go what it held back
      Then the order is cancelled, or somebody is told

    @where-refund @where-tickets @since-2026-12
    Scenario Outline: What <lead> has the merchant look up is answered after <news>
      Given a merchant who looks payments up
      And a merchant who hears of <news>
      And PortOne gives notice of every cancellation
      And an order whose payment was not reported yet
      When <news> overtakes the answer to what <lead> has the merchant look up
      Then the order is still <state>

      Examples:
        | news                              | lead                          | state                    |
        | a refund that waits               | its webhook                   | waiting for cancellation |
        | a refund that waits               | the merchant's reconciliation | waiting for cancellation |
        | a refund that waits               | its page                      | waiting for cancellation |
        | a refund that Paymentwall accepts | its webhook                   | cancelled                |
        | a refund that Paymentwall accepts | its page                      | cancelled                |

    @where-console @since-2026-12
    Scenario Outline: PortOne tells of <news> before it answers what <lead> has the merchant look up
      Given a merchant who looks payments up
      And a merchant who hears of <news>
      And an order whose payment was not reported yet
      When <news> overtakes the answer to what <lead> has the merchant look up
      Then the order is still <state>

      Examples:
        | news                                             | lead                          | state            |
        | a chargeback                                     | its webhook                   | not paid         |
        | a chargeback                                     | its page                      | not paid         |
        | a cancellation in PortOne's console              | the merchant's reconciliation | cancelled        |
        | a cancellation in PortOne's console              | its page                      | cancelled        |
        | the cancellation of a third in PortOne's console | its webhook                   | partly cancelled |

    @where-browser @where-refund @where-tickets @since-2026-12
    Scenario Outline: A refund overtakes the answer to what the Buyer's browser has the merchant look up, <where>
      Given a merchant who looks payments up
      And a merchant who hears of a refund that waits
      And a checkout in which buyers can pay
      And an order
      When a refund that waits overtakes the answer to what the Buyer's browser has the merchant look up, <where>
      Then the order is still waiting for cancellation

      Examples:
        | where                              |
        | in the callback                    |
        | at m_redirect_url with imp_success |

    @where-browser @where-console @since-2026-12
    Scenario Outline: A chargeback overtakes the answer to what the Buyer's browser has the merchant look up, <where>
      Given a merchant who looks payments up
      And a merchant who hears of a chargeback
      And a checkout in which buyers can pay
      And an order
      When a chargeback overtakes the answer to what the Buyer's browser has the merchant look up, <where>
      Then the order is still not paid

      Examples:
        | where                              |
        | in the callback                    |
        | at m_redirect_url with imp_success |

    @where-refund @where-tickets @since-2026-12
    Scenario Outline: What the merchant looks up for a refund is answered after <end>
      Given a merchant who hears of cancellations in PortOne's console
      And a merchant who ends the waiting when a result comes
      And PortOne gives notice of every cancellation
      And an order that was paid
      When the Merchant is asked to refund it, and <end> overtakes what it looks up then
      Then the order is still <state>

      Examples:
        | end                      | state     |
        | a chargeback             | not paid  |
        | Paymentwall's acceptance | cancelled |

    @v1 @since-2026-12
    Scenario: A second payment pays the order while "failed" is still under way
      Given a merchant who looks payments up
      And a merchant who tells of a surplus payment
      And an order whose payment is under review
      When the Buyer pays it once more while a look-up that saw it fail is under way
      Then the order is still paid

    @where-open-orders @v1 @since-2026-12
    Scenario: "Failed" is still under way while a surplus payment is worked off
      Given a merchant who looks payments up
      And a merchant who tells of a surplus payment
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has paid it once more
      When Paymentwall approves the first payment, too, while a look-up that saw it fail is under way
      Then the order is still paid
      And the other payment is sent back, or somebody is told

    Scenario: The webhook of the payment comes after that of its cancellation
      Given a merchant who acts on webhooks
      And an order whose payment was cancelled
      When PortOne delivers the webhook of the cancellation, and that of the payment after it
      Then the order is still not paid

  @WEBHOOK-16 @must
  Rule: Unknown fields are ignored
    Scenario: PortOne adds a field to its webhook
      Given a merchant who acts on webhooks
      And an order whose payment was not reported yet
      When PortOne delivers its webhook with unknown fields
      Then the order is paid

    @where-methods @since-2026-12
    Scenario: PortOne adds a field to its look-up
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      When PortOne reports its payment and adds unknown fields to the look-up
      Then the order is paid

  @WEBHOOK-17 @must
  Rule: A payment whose webhook never came is found by a look-up
    @needs-clock
    Scenario: PortOne's only delivery is lost
      Given an order whose payment was not reported yet
      When an hour passes, and the merchant reconciles open orders
      Then the order is paid

    @needs-clock @since-2026-12
    Scenario: PortOne's only delivery is lost, and nobody opens the order
      Given an order whose payment was not reported yet
      When an hour passes, and the merchant's job runs while nobody opens the order
      Then the order is paid

    @needs-faults
    Scenario: PortOne fails while the merchant reconciles open orders
      Given an order whose payment was not reported yet
      When the merchant reconciles open orders while PortOne fails, and again later
      Then the order was not cancelled without a look-up
      And the order is paid

    @needs-browser
    Scenario: The buyer comes back, and the webhook does not
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it, its webhook is lost, and the merchant reconciles open orders
      Then the order is paid

    @where-browser @where-methods @since-2026-12
    Scenario: The buyer pays in the tab that was opened first, and the webhook does not come
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it in the first of two tabs, its webhook is lost, and the merchant reconciles open orders
      Then the order is paid

    @where-methods @where-open-orders @since-2026-12
    Scenario: The first card is declined, and the webhook of the second is lost
      Given a merchant who finds payments that no webhook reported
      And an order
      When its first card is declined, its second pays in silence, and the merchant reconciles open orders
      Then the order is paid

    @where-methods @where-open-orders @since-2026-12
    Scenario: More payments were made since than one answer lists
      Given a merchant who finds payments that no webhook reported
      And an order whose payment was not reported yet
      And more payments were made since than one answer of PortOne's lists
      When the merchant reconciles open orders
      Then the order is paid

  @WEBHOOK-18 @should
  Rule: The sender's address is not believed from a header
    Scenario Outline: A forged webhook names PortOne's address in its header <header>
      Given a merchant who acts on webhooks
      And an order whose payment the buyer broke off
      When the Attacker reports that payment as paid, from PortOne's address by <header>
      Then the order is still not paid
      And the merchant did not take it for PortOne's because of that

      Examples:
        | header              |
        | X-Forwarded-For     |
        | X-Real-IP           |
        | Forwarded           |
        | X-Client-IP         |
        | Client-IP           |
        | True-Client-IP      |
        | CF-Connecting-IP    |
        | X-Cluster-Client-IP |
        | Fastly-Client-IP    |

    Scenario Outline: PortOne's webhook names a stranger's address in its header <header>
      Given a merchant who acts on webhooks
      And an order whose payment was not reported yet
      When PortOne delivers its webhook, from a stranger's address by <header>
      Then the merchant did not turn it away because of that
      And the order is paid

      Examples:
        | header              |
        | X-Forwarded-For     |
        | X-Real-IP           |
        | Forwarded           |
        | X-Client-IP         |
        | Client-IP           |
        | True-Client-IP      |
        | CF-Connecting-IP    |
        | X-Cluster-Client-IP |
        | Fastly-Client-IP    |

  @WEBHOOK-19 @should @needs-methods
  Rule: A mismatch is brought to a person's attention
    Scenario: A buyer paid too little
      Given a merchant who acts on webhooks
      And an order
      When PortOne reports a payment of a smaller amount for it
      Then somebody is told, or the money is sent back

  @WEBHOOK-20 @should
  Rule: A malformed body causes no server error
    Scenario Outline: The merchant refuses <nonsense> politely
      Given a merchant who acts on webhooks
      When the Attacker sends <nonsense>
      Then the merchant answers without a server error

      Examples:
        | nonsense                     |
        | an empty body                |
        | text that is no JSON         |
        | JSON that breaks off         |
        | JSON ten thousand deep       |
        | a list                       |
        | a body without imp_uid       |
        | an object instead of imp_uid |
        | numbers instead of texts     |
        | a megabyte                   |
        | an odd merchant_uid          |
        | an empty form                |
        | a form without imp_uid       |
        | a form that is no text       |
        | a form of a megabyte         |

  @WEBHOOK-21 @must
  Rule: An expired access token is renewed and nothing is lost
    Scenario: PortOne does not take the merchant's token any more
      Given a merchant who acts on webhooks
      And a merchant who looks payments up
      And an order
      When PortOne reports its payment and takes none of the access tokens from before
      Then the order is paid

    @where-refund @where-tickets @since-2026-12
    Scenario: PortOne does not take the merchant's token any more when it refunds
      Given a merchant who can refund
      And an order that was paid
      When the Merchant is asked to refund it, and PortOne takes none of the access tokens from before
      Then Paymentwall has one ticket for it
