"""Settings, all of them from the environment, with defaults under which one command is enough to start.

Every ``LIANXIN_*`` variable is listed with its meaning in ``docs/operate.md``; ``lianxin doctor`` shows what is set.
"""

import os
from pathlib import Path

import dj_database_url

from lianxin.foundation import homefolder

BASE_DIR = Path(__file__).resolve().parent
HOME = homefolder.locate()

DEBUG = os.environ.get("LIANXIN_DEBUG", "") == "1"
# The key signs sessions; it is made once and kept in the home folder. Encrypted fields have a key ring of their own (FIELD_KEYS_FILE).
SECRET_KEY = os.environ.get("LIANXIN_SECRET_KEY") or homefolder.secret(HOME, "secret-key")
FIELD_KEYS_FILE = HOME / "secrets" / "field-keys.json"
# Hashes the access secrets and tokens of cases; apart from the key above, which may be changed while receipts stay valid.
CASE_KEY = homefolder.secret(HOME, "case-key")

# What the boxes are called in this city: 市长信箱, 州长信箱, 政府在线 …
MAILBOX_NAME = os.environ.get("LIANXIN_MAILBOX_NAME", "市长信箱")
BOARD_NAME = os.environ.get("LIANXIN_BOARD_NAME", "部门留言板")

# Which hosts are served is decided by the rows of wagtail's Site and one middleware that answers others in Chinese
# (publishing.middleware.KnownHostMiddleware); Django's own check would answer with an English page.
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_HOST = os.environ.get("LIANXIN_BEHIND_PROXY", "") == "1"
if USE_X_FORWARDED_HOST:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The one host on which staff sign in: cookies and passkeys are bound to it.
DESK_HOST = os.environ.get("LIANXIN_DESK_HOST", "localhost")
PORT = int(os.environ.get("PORT", "8000"))
HTTPS = os.environ.get("LIANXIN_HTTPS", "") == "1"
BASE_URL = os.environ.get("LIANXIN_BASE_URL", f"http://{DESK_HOST}:{PORT}")

# A developer's own machine: the only place where codes and checks of the development services may be used.
DEVELOPMENT = DESK_HOST in ("localhost", "127.0.0.1") and not HTTPS and not USE_X_FORWARDED_HOST

INSTALLED_APPS = [
    "lianxin.demo",
    "lianxin.desk",
    "lianxin.portal",
    "lianxin.casedesk",
    "lianxin.letters",
    "lianxin.hotline",
    "lianxin.figures",
    "lianxin.supervision",
    "lianxin.petitions",
    "lianxin.publishing",
    "lianxin.casework",
    "lianxin.triage",
    "lianxin.organisations",
    "lianxin.identity",
    "lianxin.foundation",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.contrib.redirects",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lianxin.foundation.middleware.RequestAddressMiddleware",
    "lianxin.foundation.middleware.ShowingMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lianxin.portal.middleware.CleanAddressMiddleware",
    "lianxin.publishing.middleware.KnownHostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lianxin.identity.citizen_web.CitizenMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lianxin.identity.middleware.StaffSessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lianxin.urls"
WSGI_APPLICATION = "lianxin.wsgi.application"

TEMPLATES = [
    # The desk, Wagtail and allauth. First, because it remembers what it does not have: most look-ups are the desk's.
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    # The public pages, in jinja2/ folders of the rooms.
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"environment": "lianxin.portal.jinja.environment", "context_processors": ["lianxin.portal.context.site_furniture"]},
    },
]

_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL, because a receipt handed to a citizen is a promise that a power cut must not break.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000; PRAGMA journal_size_limit=67108864; PRAGMA foreign_keys=ON"
    ),
}
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=600, conn_health_checks=True)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "lianxin.foundation.sqlite",
            "NAME": str(HOME / "lianxin.sqlite3"),
            "OPTIONS": _SQLITE_OPTIONS,
            "CONN_MAX_AGE": 600,
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by all processes, as Wagtail keeps site roots in it. A city with Redis names it in LIANXIN_REDIS_URL.
REDIS_URL = os.environ.get("LIANXIN_REDIS_URL", "")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "lianxin_cache"}}

# Whole pages kept in the memory of each web process (foundation.pagestore); 0 renders every page anew.
# Tells the page store, which knows no sites, under which host names pages are kept.
IS_SITE_ADDRESS = "lianxin.publishing.queries.is_site_address"
STORE_BYTES = int(os.environ.get("LIANXIN_STORE_MB", "64")) * 1024 * 1024

TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        # "default" is Wagtail's own; the slow worker serves it.
        "QUEUES": ["default", "fast", "slow"],
    }
}

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["lianxin.identity.backends.StaffBackend"]
LOGIN_URL = "/desk/sign-in/"
LOGIN_REDIRECT_URL = "/desk/"

# Sign-in of staff. The presets are those of 等保 level 3 (GB/T 22239 §8.1.4): see docs/operate.md.
SIGN_IN_TRIES = int(os.environ.get("LIANXIN_SIGN_IN_TRIES", "5"))
# A whole office may stand behind one address, so that an address is locked later than an account.
SIGN_IN_TRIES_PER_ADDRESS = int(os.environ.get("LIANXIN_SIGN_IN_TRIES_PER_ADDRESS", "30"))
SIGN_IN_LOCK_MINUTES = int(os.environ.get("LIANXIN_SIGN_IN_LOCK_MINUTES", "30"))
SIGN_IN_IDLE_MINUTES = int(os.environ.get("LIANXIN_SIGN_IN_IDLE_MINUTES", "15"))
# 0: passwords need not be renewed.
PASSWORD_DAYS = int(os.environ.get("LIANXIN_PASSWORD_DAYS", "90"))
# Who may not sign in with a password alone. Accounts made by the demo are exempt, one by one (identity.User.demo_account).
SECOND_FACTOR_ROLES = [
    role.strip() for role in os.environ.get("LIANXIN_SECOND_FACTOR_ROLES", "administrator,auditor,chief").split(",") if role.strip()
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "lianxin.identity.validators.LengthAndClasses"},
    {"NAME": "lianxin.identity.validators.NotTheName"},
    {"NAME": "lianxin.identity.validators.NotRecent"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "lianxin.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "login": "lianxin.identity.forms.SignInForm",
    "change_password": "lianxin.identity.forms.ChangePasswordForm",
}
# Lock-out is kept in rows (identity.Lockout), which all processes share; allauth's own limits live in the cache.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if USE_X_FORWARDED_HOST else 0
MFA_ADAPTER = "lianxin.identity.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_RATE_LIMITS = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
# One step to either side: clocks of telephones are off by some seconds. A code works once (identity.forms).
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "连心工作台"
MFA_FORMS = {
    "authenticate": "lianxin.identity.forms.CodeForm",
    "reauthenticate": "lianxin.identity.forms.ConfirmCodeForm",
}

# Sign-in of citizens, by a code on the telephone. Their session is a row and a cookie of its own, apart from the desk's.
CITIZEN_IDLE_HOURS = int(os.environ.get("LIANXIN_CITIZEN_IDLE_HOURS", "24"))
CITIZEN_SESSION_DAYS = int(os.environ.get("LIANXIN_CITIZEN_SESSION_DAYS", "30"))
# ".x.gov.cn" lets one sign-in hold on all sites of the city; empty: on the host where it was made.
CITIZEN_COOKIE_DOMAIN = os.environ.get("LIANXIN_CITIZEN_COOKIE_DOMAIN", "")
# A whole village may stand behind one address.
CODES_PER_ADDRESS = int(os.environ.get("LIANXIN_CODES_PER_ADDRESS", "30"))
# Of the whole city: what somebody with very many addresses can cost it.
CODES_PER_HOUR = int(os.environ.get("LIANXIN_CODES_PER_HOUR", "3000"))
# Who carries short messages (foundation.sms), and who compares name and identity number (identity.realname).
SMS_SERVICE = os.environ.get("LIANXIN_SMS_SERVICE", "outbox")
SMS_APP_ID = os.environ.get("LIANXIN_SMS_APP_ID", "")
SMS_SIGN_NAME = os.environ.get("LIANXIN_SMS_SIGN_NAME", "")
SMS_TEMPLATES = {
    "code": os.environ.get("LIANXIN_SMS_TEMPLATE_CODE", ""),
    "notice": os.environ.get("LIANXIN_SMS_TEMPLATE_NOTICE", ""),
    "receipt": os.environ.get("LIANXIN_SMS_TEMPLATE_RECEIPT", ""),
    "follow": os.environ.get("LIANXIN_SMS_TEMPLATE_FOLLOW", ""),
}
REAL_NAME_SERVICE = os.environ.get("LIANXIN_REAL_NAME_SERVICE", "digits")
TENCENT_SECRET_ID = os.environ.get("LIANXIN_TENCENT_SECRET_ID", "")
TENCENT_SECRET_KEY = os.environ.get("LIANXIN_TENCENT_SECRET_KEY", "")
TENCENT_REGION = os.environ.get("LIANXIN_TENCENT_REGION", "ap-guangzhou")
# For a gateway within the government's network that speaks the same protocol.
TENCENT_ENDPOINT = os.environ.get("LIANXIN_TENCENT_ENDPOINT", "")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["lianxin.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "media"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A body larger than this is refused before it is read to the end (portal.middleware).
MAX_REQUEST_BYTES = int(os.environ.get("LIANXIN_MAX_UPLOAD_MB", "50")) * 1024 * 1024

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CSRF_FAILURE_VIEW = "lianxin.portal.views.csrf_failure"

WAGTAIL_SITE_NAME = "连心"
WAGTAILADMIN_BASE_URL = BASE_URL
# Reviews run on our own chains (publishing.models.Review), not on Wagtail's workflow: see docs/architecture.md.
WAGTAIL_WORKFLOW_ENABLED = False
WAGTAIL_MODERATION_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_I18N_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILADMIN_LOGIN_URL = LOGIN_URL
WAGTAIL_FRONTEND_LOGIN_URL = LOGIN_URL
WAGTAIL_DATE_FORMAT = "%Y-%m-%d"
WAGTAIL_DATETIME_FORMAT = "%Y-%m-%d %H:%M"
WAGTAIL_TIME_FORMAT = "%H:%M"
WAGTAILIMAGES_IMAGE_MODEL = "publishing.Picture"
WAGTAILDOCS_DOCUMENT_MODEL = "publishing.Attachment"
WAGTAILIMAGES_IMAGE_FORM_BASE = "lianxin.publishing.forms.PictureForm"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "lianxin.publishing.forms.AttachmentForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "gif"]
# The desk finds pages and files by the words of their titles; Wagtail's index makes one token of a Chinese clause and would find nothing.
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database.fallback", "AUTO_UPDATE": False}}
# One city, one time zone: nobody is asked for his.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "wagtail.admin.rich_text.DraftailRichTextArea",
        "OPTIONS": {"features": ["h2", "h3", "h4", "bold", "ol", "ul", "link", "document-link", "blockquote", "hr"]},
    }
}
TAGGIT_CASE_INSENSITIVE = True

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if os.environ.get("LIANXIN_SMTP_HOST") else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = os.environ.get("LIANXIN_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("LIANXIN_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("LIANXIN_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("LIANXIN_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("LIANXIN_SMTP_TLS", "") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("LIANXIN_MAIL_FROM", "lianxin@localhost")

# Short messages reach citizens, beside mail. Both wait for the morning, except what is urgent.
NOTIFY_MORE_CHANNELS = ["lianxin.identity.channels.SmsChannel"]
NOTIFY_QUIET_HOURS = os.environ.get("LIANXIN_QUIET_HOURS", "21:00-07:30")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "django.security.DisallowedHost": {"level": "CRITICAL"}},
}

SILENCED_SYSTEM_CHECKS = ["wagtailadmin.W003"]
