"""The parts of an article's body. Each carries structure only; how it looks is the style sheet's business."""

from django.core.exceptions import ValidationError
from wagtail.blocks import CharBlock, ChoiceBlock, ListBlock, RichTextBlock, StreamBlock, StructBlock, TextBlock
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

TEXT_FEATURES = ["bold", "ol", "ul", "link", "document-link"]
VIDEO_ENDINGS = ("mp4", "webm")
AUDIO_ENDINGS = ("mp3", "m4a", "ogg")


class HeadingBlock(StructBlock):
    """A heading inside the article; the title of the page is level 1."""

    level = ChoiceBlock(label="级别", choices=[("2", "一级标题"), ("3", "二级标题")], default="2")
    text = CharBlock(label="标题", max_length=120)

    class Meta:
        label = "小标题"
        icon = "title"
        template = "publishing/blocks/heading.html"


class PictureBlock(StructBlock):
    """A picture with the words that stand for it."""

    image = ImageChooserBlock(label="图片")
    alt = CharBlock(label="替代文字", max_length=200, help_text="向看不见图片的人说明图上有什么，例如：市民在新图书馆阅览区读书")
    caption = CharBlock(label="图注", max_length=200, required=False)

    class Meta:
        label = "图片"
        icon = "image"
        template = "publishing/blocks/picture.html"


class QuoteBlock(StructBlock):
    """A quotation and who said it."""

    text = TextBlock(label="引文")
    source = CharBlock(label="出处", max_length=120, required=False)

    class Meta:
        label = "引用"
        icon = "openquote"
        template = "publishing/blocks/quote.html"


class MediaBlock(StructBlock):
    """A recording kept here, with a transcript for those who cannot hear or see it."""

    file = DocumentChooserBlock(label="音视频文件", help_text="视频用 MP4、WebM，音频用 MP3、M4A、OGG")
    title = CharBlock(label="标题", max_length=120)
    poster = ImageChooserBlock(label="封面", required=False)
    transcript = TextBlock(label="文字稿", help_text="完整文字内容，供听不到或看不到的人阅读")

    class Meta:
        label = "音视频"
        icon = "media"
        template = "publishing/blocks/media.html"

    def clean(self, value: dict) -> dict:
        """Refuse files that a browser cannot play."""
        cleaned = super().clean(value)
        if cleaned["file"].file_extension.lower() not in VIDEO_ENDINGS + AUDIO_ENDINGS:
            raise ValidationError("这个文件不是浏览器能播放的音视频，请换成 MP4、WebM、MP3、M4A 或 OGG。")
        return cleaned


class ArticleBody(StreamBlock):
    """The body of an article."""

    text = RichTextBlock(label="正文", features=TEXT_FEATURES, template="publishing/blocks/text.html")
    heading = HeadingBlock()
    picture = PictureBlock()
    table = TableBlock(
        label="表格",
        template="publishing/blocks/table.html",
        table_options={
            "language": "zh-CN",
            "contextMenu": ["row_above", "row_below", "col_left", "col_right", "remove_row", "remove_col", "undo", "redo"],
        },
    )
    quote = QuoteBlock()
    attachments = ListBlock(DocumentChooserBlock(label="附件"), label="附件", icon="doc-full", template="publishing/blocks/attachments.html")
    media = MediaBlock()
