"""What the suite costs, side by side with what somebody would write instead; programs, not tests."""
