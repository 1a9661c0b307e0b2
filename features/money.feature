Feature: Whose money is where
  PortOne's books and the merchant's are laid side by side after every scenario of every area. What they do not agree
  about fails here, whatever the scenario was about; these scenarios show that the books can be read.

  @MONEY-01 @must
  Rule: Goods stand on money
    Scenario: A buyer who paid has the goods
      Given an order that was paid
      When the books are laid side by side
      Then the Merchant's order is fulfilled, and stands on a payment of its own

  @MONEY-02 @must
  Rule: Money stands for goods
    Scenario: What a buyer paid is accounted for
      Given an order that was paid
      When the books are laid side by side
      Then PortOne's payment of it is accounted for

    @where-refund @where-deliveries @since-2026-12
    Scenario: A refund is asked for before the merchant hears of the payment
      Given a merchant who acts on webhooks
      And an order whose payment was not reported yet
      When the Merchant is asked to refund it, and hears of its payment only then
      Then both books agree

    @where-console @where-clock @since-2026-12
    Scenario: A third is cancelled before the merchant hears of the payment
      Given a merchant who acts on webhooks
      And an order whose payment was not reported yet
      When the Operator cancels a third of it in PortOne's console before the merchant hears of it
      Then both books agree

  @MONEY-03 @must
  Rule: Nobody has both
    Scenario: PortOne reports a payment again, and nothing is given twice
      Given an order that was paid
      When PortOne delivers its webhook 2 more times
      Then the books show nothing that was given twice

    @needs-deliveries @since-2026-12
    Scenario: The webhooks of two orders come late, crosswise and again
      Given a merchant who acts on webhooks
      And an order
      And an order
      When PortOne's webhooks are held up from now on
      And a buyer pays it by card
      Given it is about the first order again
      When a buyer pays it by PayPal
      And PortOne delivers its webhook 4 times at the same moment
      And the webhooks that were held up come three times each
      Then both books agree

    @where-open-orders @where-clock @v1 @since-2026-12
    Scenario: Two payments of one order are reported at the same moment
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has paid it once more
      When Paymentwall approves the first payment, and both are reported at the same moment
      Then both books agree

    @where-open-orders @where-clock @v1 @since-2026-12
    Scenario: A second payment cannot be sent back
      Given a merchant who acts on webhooks
      And an order whose payment is under review, and which the merchant has seen fail
      And the Buyer has paid it once more with a method that cannot be cancelled
      When Paymentwall approves the first payment, and the second is reported last
      Then both books agree

    @where-browser @since-2026-12
    Scenario: A buyer pays too little, and then the price
      Given a merchant who acts on webhooks
      And a checkout in which buyers can pay
      And an order
      When PortOne reports a payment of a smaller amount for it
      And the Buyer goes back to the checkout and pays the price there
      Then both books agree

  @MONEY-04 @must
  Rule: Refunds are what was asked for, in both books
    Scenario: Nothing is given back of an order that stands
      Given an order that was paid
      When the books are laid side by side
      Then the Merchant's amounts are PortOne's

    @needs-refund @since-2026-12
    Scenario: A refund is pressed twice
      Given an order that was paid
      When the Merchant is asked 2 times at the same moment to refund it
      Then both books agree

    @where-refund @since-2026-12
    Scenario: More than was paid is asked back
      Given a merchant who refunds parts
      And an order that was paid
      When the Merchant is asked to refund more than was paid of it
      Then both books agree

  @MONEY-05 @must
  Rule: The end of a story is its end
    Scenario: What comes after the end changes nothing
      Given an order that was paid
      When a late notice and the Merchant's own job come after its end
      Then nothing changes that was settled

    @where-browser @where-methods
    Scenario: Another tab's failure changes nothing
      Given a checkout in which buyers can pay
      And an order
      When the Buyer pays it in one tab, and the card is declined in another
      Then the order is still paid
      And it was fulfilled once
