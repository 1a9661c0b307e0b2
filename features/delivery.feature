Feature: Physical goods are shipped, and Paymentwall is told by way of PortOne
  Paymentwall keeps the money of physical goods back until it knows that they are under way. The shop tells PortOne each
  step of a delivery, PortOne tells Paymentwall, and what either finds wrong comes back in the answer.

  @DELIVERY-01 @must
  Rule: A shipped order is registered with everything that its type requires
    Scenario: The merchant ships an order
      Given an order that was paid
      When the Merchant ships it
      Then its delivery is registered at PortOne
      And PortOne was told that the goods are physical
      And PortOne was given every field that the type of the goods requires
      And PortOne was given the e-mail address that the order was placed with

    @where-methods @since-2026-12
    Scenario: The merchant ships an order whose first card was declined, once another is paid
      Given an order that was paid after a card had been declined
      And somebody else's order that was paid
      When the Merchant ships it
      Then its delivery is registered at PortOne

  @DELIVERY-02 @should
  Rule: Every step of a delivery is registered
    Scenario: The goods go their way
      Given a merchant who registers deliveries
      And an order that was paid
      When the Merchant reports one step of its delivery after the other
      Then each step is registered at PortOne

  @DELIVERY-03 @must
  Rule: An error answer is shown and can be retried
    Scenario Outline: The merchant ships an order, and <what happens>
      Given a merchant who registers deliveries
      And an order that was paid
      When the Merchant ships it, and <what happens>
      Then the Merchant was shown that its delivery is not registered

      Examples:
        | what happens                         |
        | Paymentwall finds a field missing    |
        | PortOne answers with a server error  |
        | PortOne's answer to the step is lost |

    Scenario: The merchant sends a step again
      Given a merchant who registers deliveries
      And an order whose delivery could not be registered
      When the Merchant ships it once more
      Then its delivery is registered at PortOne
