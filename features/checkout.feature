Feature: A buyer pays through the widget
  The buyer's browser starts the payment and is told how it went. It is never believed: the order is paid when the
  merchant's own look-up says so.

  @CHECKOUT-01 @must
  Rule: PortOne's SDK comes from PortOne and is initialised once
    Scenario: The checkout page loads and initialises the SDK
      Given an order
      When the Buyer goes to pay it
      Then the page loaded the SDK from PortOne
      And it was initialised once, with the merchant's own code

  @CHECKOUT-02 @must
  Rule: The payment request names the Paymentwall channel
    Scenario: The request goes to Paymentwall
      Given an order
      When the Buyer goes to pay it
      Then the request names the Paymentwall channel

  @CHECKOUT-03 @must
  Rule: The payment request says what is bought and who buys
    @v1
    Scenario: Nothing that Paymentwall requires is missing
      Given an order
      When the Buyer goes to pay it
      Then the request carries:
        | name         |
        | amount       |
        | buyer_name   |
        | buyer_email  |
        | merchant_uid |
      And it carries the currency unless that is KRW
      And it names the buyer by the e-mail address that the order was placed with

    @v2 @since-2026-12
    Scenario: Nothing that Paymentwall requires is missing, nor who the customer is
      Given an order
      When the Buyer goes to pay it
      Then the request carries:
        | paymentId           |
        | orderName           |
        | totalAmount         |
        | currency            |
        | customer.customerId |
        | customer.email      |
      And it names the buyer by the e-mail address that the order was placed with

  @CHECKOUT-04 @must
  Rule: A merchant_uid that was paid is never used again
    Scenario: A buyer goes to pay an order that is paid
      Given a checkout in which buyers can pay
      And an order that was paid
      When the Buyer tries to pay it again
      Then its merchant_uid is not asked for again

    @where-refund @where-methods @since-2026-12
    Scenario: A buyer goes to pay an order that is being cancelled
      Given a checkout in which buyers can pay
      And a merchant who can refund
      And an order that was paid
      When the Merchant is asked to refund it
      And the Buyer tries to pay it again
      Then its merchant_uid is not asked for again

  @CHECKOUT-05 @must
  Rule: The browser asks for the order's amount
    Scenario Outline: An order in a currency with <decimals> decimals goes to be paid
      Given an order in a currency with <decimals> decimals
      When the Buyer goes to pay it
      Then the request is for the order's amount and currency

      Examples:
        | decimals |
        | 0        |
        | 2        |
        | 3        |

  @CHECKOUT-06 @must
  Rule: A buyer can pay in the widget in use
    Scenario Outline: A buyer pays by card through <widget>
      Given a merchant who offers the widget "<widget>"
      And an order
      When the Buyer pays it through the widget "<widget>"
      Then the payment goes through
      And the order is paid
      And the page tells the Buyer that it succeeded

      Examples:
        | widget |
        | pw_1   |
        | t3_1   |

    Scenario Outline: A buyer pays an order in a currency with <decimals> decimals
      Given an order in a currency with <decimals> decimals
      When the Buyer pays it in the widget
      Then the payment goes through
      And the order is paid
      And the page tells the Buyer that it succeeded

      Examples:
        | decimals |
        | 0        |
        | 3        |

    @needs-methods
    Scenario Outline: A buyer pays by <method>
      Given an order
      When the Buyer pays it by <method> in the widget
      Then the payment goes through
      And the order is paid
      And the page tells the Buyer that it succeeded

      Examples:
        | method   |
        | PayPal   |
        | KakaoPay |

    @needs-console @v1
    Scenario: The SDK callback says success, as it does for Paymentwall
      Given an order
      And an SDK whose callback carries success
      When the Buyer pays it in the widget
      Then the payment goes through
      And the order is paid
      And the page tells the Buyer that it succeeded

  @CHECKOUT-07 @should
  Rule: The payment request is well-formed
    @v1
    Scenario: PortOne and Paymentwall find what they need where they look for it
      Given an order
      When the Buyer goes to pay it
      Then the amount is a number
      And the buyer's name has two words
      And merchant_uid and name have at most 40 characters
      And the codes in it are written as they are documented

    @v2 @since-2026-12
    Scenario: PortOne finds a number of minor units, and codes as it knows them
      Given an order
      When the Buyer goes to pay it
      Then the amount is a number
      And the codes in it are written as they are documented

  @CHECKOUT-08 @must
  Rule: The browser's answer alone never makes an order paid
    Scenario Outline: A browser claims a payment that never was, with <told>
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser claims that it was paid, with <told>
      Then the order is still unpaid

      Examples:
        | told                          |
        | success                       |
        | imp_success                   |
        | only imp_uid and merchant_uid |

  @CHECKOUT-09 @must
  Rule: A buyer on a phone comes back to the shop
    Scenario: A buyer pays on a phone
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it on a phone
      Then the Buyer is back on the merchant's page, at its m_redirect_url
      And the order is paid
      And the Buyer is not told that it failed

    @where-methods @since-2026-12
    Scenario: A buyer pays on a phone through Terminal3's widget
      Given a merchant who offers the widget "t3_1"
      And a checkout in which buyers can pay
      And an order
      When the Buyer pays it on a phone through the widget "t3_1"
      Then the Buyer is back on the merchant's page, at its m_redirect_url
      And the order is paid

    @needs-console @v1
    Scenario: A buyer comes back on a phone with only imp_uid and merchant_uid
      Given a checkout in which buyers can pay
      And an order
      And an SDK whose callback carries only imp_uid and merchant_uid
      When the Buyer pays it on a phone
      Then the Buyer is back on the merchant's page, at its m_redirect_url
      And the order is paid
      And the Buyer is not told that it failed

  @CHECKOUT-10 @must
  Rule: A buyer who closes the widget can try again
    Scenario Outline: A buyer closes the widget <widget>
      Given a merchant who offers the widget "<widget>"
      And a checkout in which buyers can pay
      And an order
      When the Buyer closes the widget "<widget>"
      Then the order is still not paid

      Examples:
        | widget |
        | pw_1   |
        | t3_1   |

    Scenario: A buyer closes the widget, and pays after all
      Given a checkout in which buyers can pay
      And an order
      When the Buyer closes the widget, comes back and pays
      Then the order is paid

  @CHECKOUT-11 @must @needs-methods
  Rule: A declined card leaves the order unpaid, and the buyer is told
    Scenario Outline: A buyer's card <is declined>
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it by a card that <is declined>, and gives up
      Then the order is still not paid
      And the Buyer is told, or can pay in another way
      And the Buyer is not shown a success

      Examples:
        | is declined                 |
        | is declined                 |
        | has the wrong CVV           |
        | has no balance              |
        | needs its issuer's approval |

    Scenario: A buyer's card is declined on a phone
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it on a phone by a card that is declined, and gives up
      Then the order is still not paid
      And the Buyer is told, or can pay in another way
      And the Buyer is not shown a success

  @CHECKOUT-12 @must
  Rule: A buyer whose browser dies still gets the order
    Scenario: The browser dies before the page hears of the payment
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it and the browser dies at once
      Then the order is paid

  @CHECKOUT-13 @must @needs-console @needs-clock
  Rule: Callback and webhook lead to one fulfilment, whichever comes first
    Scenario Outline: The webhook comes <before> the buyer's return
      Given a checkout in which buyers can pay
      And an order
      And PortOne's webhook comes <before> the Buyer's return
      When the Buyer pays it, and PortOne's webhook comes
      Then the order is paid
      And the Buyer is not told that it failed
      And it was fulfilled once

      Examples:
        | before        |
        | before        |
        | after         |
        | together with |

    Scenario: The buyer's return and the webhook come at one moment, three times
      Given a checkout in which buyers can pay
      And 3 orders
      When the Buyer of each pays it, and the Buyer's return and PortOne's webhook come at the same moment
      Then each order is paid
      And each was fulfilled once

    Scenario Outline: The buyer's browser reports a payment twice that the webhook reported, <on its way back>
      Given a checkout in which buyers can pay
      And an order
      When PortOne reports its payment, and the Buyer's browser reports it twice, <on its way back>
      Then the order is still paid
      And it was fulfilled once

      Examples:
        | on its way back                    |
        | in the callback                    |
        | at m_redirect_url with imp_success |

  @CHECKOUT-14 @must
  Rule: A price changed in the browser is not honoured
    Scenario: A buyer changes the amount on the page
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser asks for half of the amount and pays it
      Then the order is still not paid

    @where-methods @since-2026-12
    Scenario Outline: A buyer changes the <price> in what the page holds and sends to its shop
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser changes the <price> that the page holds and sends, and pays
      Then the order is not sold for less than its price

      Examples:
        | price    |
        | price    |
        | currency |

    @where-methods @since-2026-12
    Scenario: A buyer changes the price that an order is placed with
      Given an order
      When the Attacker places another order like it, at a changed price
      Then that order is not sold for less than its price

  @CHECKOUT-15 @should @needs-journal
  Rule: The amount is registered beforehand
    Scenario: PortOne knows the amount before the browser asks
      Given an order
      When the Buyer goes to pay it
      Then the amount was registered at PortOne beforehand

  @CHECKOUT-16 @must @needs-methods
  Rule: A claim with somebody else's payment, a failed one or none is not honoured
    @needs-journal
    Scenario Outline: A browser claims somebody else's payment <on its way back>
      Given a checkout in which buyers can pay
      And somebody else's order that was paid
      And an order
      When the Attacker's browser claims somebody else's payment <on its way back>
      Then the order is still unpaid
      And somebody else's payment still pays its own order

      Examples:
        | on its way back   |
        | in the callback   |
        | at m_redirect_url |

    Scenario Outline: A browser claims <a payment> <on its way back>
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser claims <a payment> <on its way back>
      Then the order is still unpaid

      Examples:
        | a payment           | on its way back   |
        | an invented payment | at m_redirect_url |
        | no payment          | in the callback   |
        | no payment          | at m_redirect_url |

    Scenario Outline: A browser calls a payment that <went otherwise> a success, <on its way back>
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser calls a payment that <went otherwise> a success, <on its way back>
      Then the order is still not paid

      Examples:
        | went otherwise  | on its way back                      |
        | was declined    | in the callback                      |
        | was declined    | at m_redirect_url with imp_success   |
        | was declined    | at m_redirect_url with success       |
        | is under review | in the callback                      |
        | was cancelled   | in the callback                      |
        | was cancelled   | at m_redirect_url with imp_success   |

    Scenario Outline: A browser claims <on its way back> that a payment failed which did not
      Given a checkout in which buyers can pay
      And an order
      When its payment goes through, and the Attacker's browser claims that it failed, <on its way back>
      Then the order is still paid

      Examples:
        | on its way back   |
        | in the callback   |
        | at m_redirect_url |

  @CHECKOUT-17 @must
  Rule: No secret reaches the browser
    Scenario: The browser learns nothing that only the server may know
      Given an order
      When the Buyer goes to pay it
      Then no secret of the account is in anything that the shop sent to the browser

    @where-methods
    Scenario: The browser learns nothing more once its buyer has paid
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it in the widget
      Then no secret of the account is in anything that the shop sent to the browser

    @where-methods @since-2026-12
    Scenario: The browser learns nothing where it comes back without a payment
      Given a checkout in which buyers can pay
      And an order
      When the Attacker's browser claims no payment at m_redirect_url
      Then no secret of the account is in anything that the shop sent to the browser

  @CHECKOUT-18 @must
  Rule: The live stage does not offer the test payment method
    Scenario: The page does not ask for the test payment method
      Given an order
      When the Buyer goes to pay it
      Then the request asks for no test payment method

    @where-methods @since-2026-12
    Scenario: The page does not ask for the test payment method in Terminal3's widget
      Given a merchant who offers the widget "t3_1"
      And an order
      When the Buyer goes to pay it through the widget "t3_1"
      Then the request asks for no test payment method

    Scenario: The widget does not show the test payment method
      Given an order
      When the Buyer looks at what the widget offers
      Then the test payment method is not among it

  @CHECKOUT-19 @must
  Rule: A payment made through a test channel pays no live order
    @needs-deliveries
    Scenario: A browser chooses the test channel and reports the payment
      Given a checkout in which buyers can pay
      And an account that has a test channel too
      And an order
      When the Attacker's browser pays it through the test channel and answers the callback
      Then the order is still not paid

    @needs-deliveries
    Scenario: A phone chooses the test channel and comes back to the shop
      Given a checkout in which buyers can pay
      And an account that has a test channel too
      And an order
      When the Attacker's phone pays it through the test channel and comes back
      Then the order is still not paid

    @needs-methods
    Scenario: A webhook reports a payment through the test channel
      Given a merchant who acts on webhooks
      And an order that the Attacker paid through the test channel
      When the Attacker reports that payment as paid
      Then the order is still not paid

    @where-methods @where-open-orders
    Scenario: The merchant finds a payment through the test channel
      Given a merchant who finds payments that no webhook reported
      And an order that the Attacker paid through the test channel
      When the merchant reconciles open orders
      Then the order is still not paid

  @CHECKOUT-20 @must @needs-methods
  Rule: A payment that completes after the buyer closed the widget is fulfilled or sent back
    Scenario: A buyer closes the widget during the payment
      Given a merchant who acts on webhooks
      And a checkout in which buyers can pay
      And an order
      When the Buyer closes the widget while the payment is under way, which then goes through
      Then the order is paid, or the money is sent back
