"""Every deed of the hotline: what is typed is kept, a call becomes a case once, scripts are looked after."""

from lianxin.hotline.actions.calls import Way, register
from lianxin.hotline.actions.scripts import save_script
from lianxin.hotline.actions.sheets import clear_sheet, forget_old_sheets, keep_sheet, open_sheet

__all__ = ["Way", "clear_sheet", "forget_old_sheets", "keep_sheet", "open_sheet", "register", "save_script"]
