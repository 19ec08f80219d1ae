"""Bytes to text, whatever the machine was that wrote them: UTF-8, GBK (GB 18030), Big5, UTF-16."""

import codecs

from charset_normalizer import from_bytes

from lianxin.foundation.errors import Refused

SAMPLE = 256 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# The characters that fill a third of any text; in the wrong encoding rare ones stand in their places.
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "市政府门网站信息部县区服务建设办公务全理会开"
    "這個國時來們動會發產種後對經學門網站訊務設辦開報為與區縣點說過實"
)


def encoding_of(sample: bytes) -> str:
    """The encoding of a text by its first bytes. Raises Refused when they are no text in any of the known ones."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return _wide(sample)
    if _decodes(sample, "utf-8"):
        return "utf-8"
    candidates = [name for name in ("gb18030", "big5hkscs") if _decodes(sample, name)]
    if len(candidates) > 1:
        return max(candidates, key=lambda name: _familiar(sample.decode(name, "ignore")))
    if candidates:
        return candidates[0]
    guess = from_bytes(sample, cp_isolation=["utf_8", "gb18030", "big5hkscs", "utf_16_le", "utf_16_be"], threshold=0.1).best()
    if guess is None:
        raise Refused("文件不是文本，或者混有几种编码，读不出来。请用记事本或 WPS 另存为 UTF-8 后再导入。")
    return guess.encoding


def encoding_of_lines(sample: bytes) -> str:
    """The same for a table: where rows came from several machines, the encoding of most of them."""
    try:
        return encoding_of(sample)
    except Refused:
        lines = sample.splitlines()[:-1] or [sample]
        counts = {name: sum(_whole(line, name) for line in lines) for name in ("utf-8", "gb18030", "big5hkscs")}
        best = max(counts, key=lambda name: counts[name])
        if b"\0" in sample or counts[best] * 2 < len(lines):
            raise
        return best


def _whole(line: bytes, name: str) -> bool:
    try:
        line.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def decode(content: bytes) -> str:
    """The text of a whole file. Raises Refused when it is no text, or in several encodings."""
    try:
        return content.decode(encoding_of(content))
    except UnicodeDecodeError as error:
        raise Refused("文件里混有几种编码，读到一半变成乱码。请用记事本或 WPS 另存为 UTF-8 后再导入。") from error


def _wide(sample: bytes) -> str:
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd >= even else "utf-16-be"
    text = sample[: len(sample) // 2 * 2].decode(name, "replace")
    if not text or text.count("\ufffd") + text.count("\0") > len(text) // 50:
        raise Refused("文件不是文本（里面有程序或图片的数据）。请检查文件是否放错。")
    return name


def _decodes(sample: bytes, name: str) -> bool:
    try:
        # A character may be cut at the sample's end.
        codecs.getincrementaldecoder(name)().decode(sample, final=len(sample) < SAMPLE)
    except UnicodeDecodeError:
        return False
    return True


def _familiar(text: str) -> float:
    return sum(character in _COMMON for character in text) / max(1, len(text))
