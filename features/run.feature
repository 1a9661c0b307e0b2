Feature: What a run with real money leaves behind
  A test payment takes real money: it must have been agreed to, and it must come back. The ledger decides, at the run's end.

  @RUN-01 @must
  Rule: Every charge of this run was cancelled, at PortOne and in the merchant's order, or is listed as outstanding
    Scenario: What the run charged comes back
      Given a run with real money
      Then by its end every charge came back or is listed

  @RUN-02 @must
  Rule: No charge above the agreed amount, none without consent, none by a method known not to be refundable
    Scenario: The run charges what was agreed
      Given a run with real money
      Then by its end no charge was made that was not agreed to

  @RUN-03 @must
  Rule: Settings that the run changed are as they were before
    Scenario: The run puts back what it changed
      Given a run with real money
      Then by its end every setting is as it was
