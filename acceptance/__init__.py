"""What nobody without an AWS account can do: one connection in a real account, from nothing to nothing.

It provisions the smallest connection with the deployed stack, tries what is assumed of AWS
(docs/decisions/0008-doubts-about-aws.md), takes everything away again, and writes what it saw to build/acceptance.md.

    make acceptance ACCEPT=<your account id>
"""
