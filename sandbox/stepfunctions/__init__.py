"""Step Functions: moto's interpreter of definitions on the sandbox's clock, corrected where AWS differs."""
