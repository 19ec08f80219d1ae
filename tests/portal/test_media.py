"""Files: pictures that pages show, attachments that articles offer, and nothing else."""

import io

import pytest
from django.core.files.base import ContentFile
from PIL import Image
from wagtail.models import ReferenceIndex

from lianxin.publishing.models import Attachment

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 8


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for folder in ("images", "original_images", "documents", "leaders"):
        (tmp_path / folder).mkdir()
    (tmp_path / "images" / "a.webp").write_bytes(CONTENT)
    (tmp_path / "original_images" / "a.jpg").write_bytes(CONTENT)
    (tmp_path / "images" / "a.svg").write_text("<svg onload='alert(1)'/>")
    (tmp_path / "secret.jpg").write_bytes(CONTENT)
    return tmp_path


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


class TestPictures:
    def test_shown_and_kept(self, portal, reader, media):
        response = reader.get("/media/images/a.webp")
        assert (response.status_code, response["Content-Type"], body(response)) == (200, "image/webp", CONTENT)
        assert "immutable" in response["Cache-Control"] and response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]

    @pytest.mark.parametrize(
        "name", ["original_images/a.jpg", "images/a.svg", "secret.jpg", "images/none.webp", "documents/x.pdf", "images/", "images/a.webp.html"]
    )
    def test_nothing_else(self, portal, reader, media, name):
        assert reader.get(f"/media/{name}").status_code == 404

    def test_no_way_out_of_the_folder(self, portal, reader, media):
        assert reader.get("/media/images/../secret.jpg").status_code == 400
        assert reader.get("/media/images/%2e%2e/secret.jpg").status_code == 400

    @pytest.mark.parametrize(
        ("header", "status", "wanted", "content_range"),
        [
            ("bytes=0-9", 206, CONTENT[:10], "bytes 0-9/2048"),
            ("bytes=2040-", 206, CONTENT[2040:], "bytes 2040-2047/2048"),
            ("bytes=-8", 206, CONTENT[-8:], "bytes 2040-2047/2048"),
            ("bytes=0-999999", 206, CONTENT, "bytes 0-2047/2048"),
            ("bytes=5000-", 416, b"", "bytes */2048"),
            ("bytes=-0", 416, b"", "bytes */2048"),
            ("bytes=9-1", 200, CONTENT, None),
            ("bytes=0-1,4-5", 200, CONTENT, None),
            ("lines=1-2", 200, CONTENT, None),
            ("bytes=" + "9" * 90 + "-", 200, CONTENT, None),
        ],
    )
    def test_parts(self, portal, reader, media, header, status, wanted, content_range):
        response = reader.get("/media/images/a.webp", headers={"range": header})
        assert (response.status_code, body(response), response.headers.get("Content-Range")) == (status, wanted, content_range)

    def test_unchanged_is_not_sent_again(self, portal, reader, media):
        modified = reader.get("/media/images/a.webp")["Last-Modified"]
        assert reader.get("/media/images/a.webp", headers={"if-modified-since": modified}).status_code == 304


class TestAttachments:
    @pytest.fixture
    def offer(self, publish):
        """Publish an article that offers a file."""

        def make(attachment, kind="attachments"):
            value = [attachment.pk] if kind == "attachments" else {"file": attachment.pk, "title": "录音", "poster": None, "transcript": "文字稿"}
            article = publish(body=[{"type": "text", "value": "<p>见附件。</p>"}, {"type": kind, "value": value}])
            ReferenceIndex.create_or_update_for_object(article)
            return article

        return make

    @pytest.fixture
    def attachment(self, media):
        def make(name: str, content: bytes = CONTENT) -> Attachment:
            return Attachment.objects.create(title=name, file=ContentFile(content, name=name))

        return make

    def test_private_until_an_article_offers_it(self, offer, reader, attachment):
        file = attachment("表.xlsx")
        assert reader.get(file.url).status_code == 404
        article = offer(file)
        response = reader.get(file.url)
        assert response.status_code == 200 and body(response) == CONTENT
        assert response["Content-Disposition"].startswith("attachment") and "sandbox" in response["Content-Security-Policy"]
        page = reader.get(f"/news/headlines/{article.slug}/").content.decode()
        assert file.url in page and "XLSX" in page and "2.0" in page
        article.unpublish()
        assert reader.get(file.url).status_code == 404

    def test_recordings_play_in_parts(self, offer, reader, attachment):
        file = attachment("讲话.mp3")
        article = offer(file, "media")
        response = reader.get(file.url, headers={"range": "bytes=0-99"})
        assert response.status_code == 206 and body(response) == CONTENT[:100]
        page = reader.get(f"/news/headlines/{article.slug}/").content.decode()
        assert "<audio controls" in page and "文字稿" in page

    def test_a_wrong_name_is_not_found(self, offer, reader, attachment):
        file = attachment("表.xlsx")
        offer(file)
        assert reader.get(f"/documents/{file.pk}/other.xlsx").status_code == 404
        assert reader.get("/documents/999999999999999999999999/x.pdf").status_code == 404


def test_pictures_in_articles(publish, reader, media, portal):
    from lianxin.publishing import actions, pictures
    from lianxin.publishing.models import ArticlePage, Picture

    stream = io.BytesIO()
    Image.new("RGB", (1600, 900), "#456").save(stream, "PNG")
    picture = Picture.objects.create(title="桥", description="和安大桥", file=ContentFile(stream.getvalue(), name="bridge.png"))
    block = {"type": "picture", "value": {"image": picture.pk, "alt": "晨雾里的和安大桥", "caption": "十月的早晨"}}
    article = publish(lead_picture=picture, lead_picture_alt="和安大桥", body=[block])
    address = f"/news/headlines/{article.slug}/"
    assert "［图片：晨雾里的和安大桥］" in reader.get(address).content.decode()
    pictures.prepare(ArticlePage.objects.get(pk=article.pk))
    actions.project(ArticlePage.objects.get(pk=article.pk))
    page = reader.get(address).content.decode()
    assert 'alt="晨雾里的和安大桥"' in page and "<figcaption>十月的早晨" in page
    assert page.partition('<meta name="Image" content="')[2].startswith("http://localhost/media/images/")
    source = page.partition('<figure><img src="')[2].partition('"')[0]
    assert reader.get(source).status_code == 200
