Feature: The accounts are ready
  Before anything is sold, PortOne's and Paymentwall's consoles must fit together and fit the shop.

  @SETUP-01 @must
  Rule: The REST API key and secret yield an access token
    Scenario: PortOne lets the merchant's key and secret in
      When the Operator asks PortOne for an access token
      Then PortOne gives one

  @SETUP-02 @must
  Rule: A Paymentwall channel for payments is registered
    Scenario: The account has a channel to Paymentwall
      When the Operator lists the account's channels
      Then one of them takes payments through Paymentwall

  @SETUP-03 @must
  Rule: The test stage uses the test channel with the generated MID
    Scenario: The test stage cannot reach the live project
      When the Operator lists the account's channels to Paymentwall
      Then each of them is a test channel
      And one of them has the MID that the console generated

  @SETUP-09 @must
  Rule: The widget code in use is one that PortOne supports
    Scenario: The checkout asks for pw_1 or t3_1
      Given an order
      When the Buyer goes to pay it
      Then the widget asked for is "pw_1" or "t3_1"

  @SETUP-10 @must
  Rule: Version 1.2 is selected where pw_1 is in use
    Scenario: The project's pw_1 works with PortOne
      Given a merchant who offers the widget "pw_1"
      When the Operator opens the project at Paymentwall
      Then the widget "pw_1" has version "1.2"

  @SETUP-11 @must
  Rule: Paymentwall is told to send the buyer's country
    Scenario: The country is a custom pingback parameter
      When the Operator opens the project at Paymentwall
      Then the custom pingback parameter "country_code" is "COUNTRY_CODE"

  @SETUP-12 @must
  Rule: The webhook address of this stage is the merchant's
    Scenario: PortOne knows where to send results
      When the Operator opens this stage's webhook settings at PortOne
      Then the endpoint is the merchant's webhook address

  @SETUP-13 @should
  Rule: The console's test webhook causes no server error
    Scenario: The Operator presses the test button
      When the Operator has PortOne's console send its test webhook
      Then the merchant answered it without a server error

  @SETUP-16 @must
  Rule: Look-ups in the test stage ask for test payments
    Scenario: A payment through the test channel is found
      Given a merchant who looks payments up
      And an order
      When PortOne reports its payment
      Then the merchant's look-up found it
