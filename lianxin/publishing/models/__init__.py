"""What the publishing room stores: sites, pages, reviews, lists, duties and media, one concept a file."""

from lianxin.publishing.models.duties import ColumnDuty, DutyShift
from lianxin.publishing.models.listings import Listing
from lianxin.publishing.models.media import Attachment, Picture, Rendition
from lianxin.publishing.models.pages import ArticlePage, ColumnPage, Correction, HomePage, Placement
from lianxin.publishing.models.reviews import ChainStep, Review, ReviewChain, ReviewStage
from lianxin.publishing.models.sites import SiteProfile

__all__ = [
    "ArticlePage",
    "Attachment",
    "ChainStep",
    "ColumnDuty",
    "ColumnPage",
    "Correction",
    "DutyShift",
    "HomePage",
    "Listing",
    "Picture",
    "Placement",
    "Rendition",
    "Review",
    "ReviewChain",
    "ReviewStage",
    "SiteProfile",
]
