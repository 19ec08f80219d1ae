"""Accounts of staff and citizens, how they sign in, and what citizens entrusted to the city."""

from .accounts import Lockout, PasswordRecord, SignInAttempt, User, UserManager
from .citizens import Citizen, Level, PersonalData, PersonKey
from .records import Consent, DataExport, DeletedAccount, GuardianConsent, Reading
from .verification import Allowance, CitizenSession, TelephoneVerification

__all__ = [
    "Allowance",
    "Citizen",
    "CitizenSession",
    "Consent",
    "DataExport",
    "DeletedAccount",
    "GuardianConsent",
    "Level",
    "Lockout",
    "PasswordRecord",
    "PersonKey",
    "PersonalData",
    "Reading",
    "SignInAttempt",
    "TelephoneVerification",
    "User",
    "UserManager",
]
