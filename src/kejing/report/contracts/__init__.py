"""The papers that are made of the policy: the 管理办法 as a document, and every RM's 责任书 with its signatures."""

from kejing.report.contracts.archive import ContractFile, contract_files, write_contracts
from kejing.report.contracts.gather import ContractSource
from kejing.report.contracts.policy_page import policy_html
from kejing.report.contracts.seal import BrokenSealError, sealed, unsealed_hash, verify_seal
from kejing.report.contracts.signing import SignatureCheck, SignatureState, check_signatures

__all__ = [
    "BrokenSealError",
    "ContractFile",
    "ContractSource",
    "SignatureCheck",
    "SignatureState",
    "check_signatures",
    "contract_files",
    "policy_html",
    "sealed",
    "unsealed_hash",
    "verify_seal",
    "write_contracts",
]
