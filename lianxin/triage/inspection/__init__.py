"""What in a text needs a person's eye, and the text as it may be shown to everybody.

::

    findings = inspect(letter)            # spans in ``letter``, kind, what to do, what stands in the public version
    public = mask(letter, findings)       # 张某某, 138****1234
"""

from lianxin.triage.inspection.findings import Finding, Kind
from lianxin.triage.inspection.inspecting import inspect, is_land_line, personal_numbers
from lianxin.triage.inspection.masking import mask

__all__ = ["Finding", "Kind", "inspect", "is_land_line", "mask", "personal_numbers"]
