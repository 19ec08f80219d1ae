"""Short messages as a way of telling citizens something (``foundation.notify``)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from lianxin.foundation import sms
from lianxin.foundation.models import Delivery
from lianxin.identity import queries
from lianxin.identity.actions import read_personal_data
from lianxin.identity.models import Citizen


class SmsChannel:
    """Tells citizens and enterprises the subject and that the rest is at ``/my/``; what is private never goes over the air."""

    name = "sms"

    def serves(self, user: Any) -> bool:
        """Citizens and enterprises; staff have the desk."""
        return user.kind in queries.CITIZEN_KINDS

    def reaches(self, user: Any) -> bool:
        """Whoever has a verified telephone and did not switch messages off."""
        return Citizen.objects.filter(user=user, sms_notices=True, level__gte=1).exists()

    def send(self, delivery: Delivery) -> None:
        """Hand the subject to the gateway's queue, within a day."""
        told = delivery.notification
        telephone = read_personal_data(None, told.recipient, ["telephone"], "发送短信通知").telephone
        if not telephone:
            raise sms.NotSent("no telephone")
        sms.send(telephone, sms.NOTICE, [told.subject], timezone.now() + timedelta(days=1))
