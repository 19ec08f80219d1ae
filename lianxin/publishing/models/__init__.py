"""What the publishing room stores: sites, pages, reviews, lists, duties and media, one concept a file."""

from lianxin.publishing.models.duties import ColumnDuty, DutyShift
from lianxin.publishing.models.imports import ImportFault, ImportRun, Origin
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
    "ImportFault",
    "ImportRun",
    "Listing",
    "Origin",
    "Picture",
    "Placement",
    "Rendition",
    "Review",
    "ReviewChain",
    "ReviewStage",
    "SiteProfile",
]
