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
    Scenario: The test stage's checkout names a test channel
      Given an order
      When the Buyer goes to pay it
      Then the channel that it names takes test payments

    @needs-console
    Scenario: The test channel is the one that PortOne's console generated
      Given an order
      When the Buyer goes to pay it
      Then the channel that it names has the MID that the console generated

  @SETUP-04 @must
  Rule: Test mode is off in the live stage, and the MID is the issued Project Key
    Scenario: The live stage's checkout names a live channel
      Given an order
      When the Buyer goes to pay it
      Then the channel that it names takes live payments

    @needs-console
    Scenario: The live channel leads to the project that Paymentwall opened
      Given an order
      When the Buyer goes to pay it
      Then the channel that it names has the issued Project Key as its MID

  @SETUP-05 @must
  Rule: The live stage has live keys
    Scenario: Project Key and Secret Key are those of the live project
      Given an order
      When the Buyer goes to pay it
      Then the keys of the channel that it names are well-formed and no test keys

  @SETUP-06 @must
  Rule: The project was opened through PortOne's sign-up page
    Scenario: The project's name shows where it comes from
      When the Operator opens the project at Paymentwall
      Then the project was opened through PortOne's sign-up page

  @SETUP-07 @must
  Rule: Paymentwall sends its pingbacks to PortOne
    Scenario: Paymentwall tells PortOne what became of payments
      When the Operator opens the project at Paymentwall
      Then its pingbacks go to PortOne, by URL

  @SETUP-08 @must
  Rule: Paymentwall signs its pingbacks as PortOne expects
    Scenario: PortOne can tell Paymentwall's pingbacks from others
      When the Operator opens the project at Paymentwall
      Then its pingbacks are signed in version 3

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
    @needs-account
    Scenario: PortOne knows where to send results
      When the Operator opens this stage's webhook settings at PortOne
      Then the endpoint is the merchant's webhook address

    @needs-browser
    Scenario: A page that names a webhook address of its own names the merchant's
      Given an order
      When the Buyer goes to pay it
      Then each notice_url that it passes is the merchant's

  @SETUP-13 @should
  Rule: The console's test webhook causes no server error
    Scenario Outline: The Operator presses the test button
      Given PortOne sends its webhooks in the configured Content-Type <with or without> a charset
      When the Operator has PortOne's console send its test webhook
      Then the merchant answered it without a server error

      Examples:
        | with or without |
        | with            |
        | without         |

    Scenario: The test webhook is about a virtual account
      When the Operator has PortOne's console send a test webhook that says ready
      Then the merchant answered it without a server error

    Scenario: The test webhook comes through to the shop
      When the Operator has PortOne's console send its test webhook
      Then it was not turned away before anybody read it

  @SETUP-14 @must
  Rule: Live webhooks go to an HTTPS address with a valid certificate
    Scenario: The Operator calls the webhook address as any stranger would
      When the Operator tries a secure connection to the webhook address
      Then the webhook address is an HTTPS one with a valid certificate

  @SETUP-15 @may
  Rule: API (key-in) payment through Paymentwall works
    Scenario: A card is charged that was keyed in at the shop
      When the Operator has PortOne charge a card that was keyed in
      Then the card was charged

  @SETUP-16 @must
  Rule: Look-ups in the test stage ask for test payments
    Scenario: A payment through the test channel is found
      Given an order
      When a Buyer pays it and the merchant looks the payment up
      Then the merchant's look-up found it

  @SETUP-17 @should
  Rule: Results come again, and only the merchant's servers may ask
    Scenario: PortOne delivers a webhook again that the merchant did not take
      When the Operator opens the account's settings at PortOne
      Then webhooks that were not taken are delivered again

    Scenario: A stolen key is of no use elsewhere
      When the Operator opens the account's settings at PortOne
      Then only addresses on a list may call the REST API
