"""The conformance battery: runs an image as a step would run, and holds it against docs/contract.md.

    python -m container_steps.conform IMAGE [ARGUMENT…]

It needs a Docker engine and no Airflow that runs. Each rule of the contract has a check of the same number.
"""
