"""Lead pictures drawn in code: calm landscapes of the demo city in layered gradients, without text and without anybody's rights."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from lianxin.demo.articles import DemoArticle

SIZE = (1600, 900)
#: Drawn larger and scaled down, because Pillow's polygons have hard edges.
SCALE = 2
WIDTH, HEIGHT = SIZE[0] * SCALE, SIZE[1] * SCALE

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Palette:
    """Sky from top to horizon, the far and the near tone of the land, light, and an accent."""

    sky: tuple[Colour, ...]
    far: Colour
    near: Colour
    light: Colour
    accent: Colour


DAWN = Palette(((108, 142, 170), (176, 196, 203), (236, 217, 196), (246, 228, 205)), (167, 181, 187), (42, 66, 78), (255, 241, 218), (196, 106, 78))
DAY = Palette(((88, 136, 170), (144, 182, 202), (206, 222, 222), (235, 237, 226)), (150, 179, 184), (38, 76, 74), (255, 252, 238), (201, 132, 72))
DUSK = Palette(((52, 68, 104), (112, 104, 134), (200, 142, 130), (240, 190, 150)), (134, 118, 138), (36, 42, 66), (255, 220, 176), (226, 128, 84))
MIST = Palette(((158, 174, 178), (190, 201, 200), (218, 222, 214), (234, 233, 222)), (176, 190, 189), (58, 84, 84), (252, 248, 236), (168, 98, 76))
WINTER = Palette(((126, 148, 170), (172, 188, 202), (212, 220, 226), (236, 236, 234)), (186, 198, 208), (70, 88, 106), (255, 248, 236), (178, 92, 76))
NIGHT = Palette(((14, 22, 44), (26, 40, 70), (54, 66, 98), (104, 96, 118)), (60, 70, 100), (12, 18, 34), (255, 226, 170), (240, 186, 110))


@dataclass
class Canvas:
    """The picture in the making."""

    rng: random.Random
    palette: Palette
    image: Image.Image = field(default_factory=lambda: Image.new("RGB", (WIDTH, HEIGHT)))

    def fill(self, polygon: Sequence[Point], top: Colour, bottom: Colour | None = None) -> None:
        """A polygon in a vertical gradient between the two colours."""
        left, upper = max(0, int(min(x for x, _ in polygon))), max(0, int(min(y for _, y in polygon)))
        right, lower = min(WIDTH, int(max(x for x, _ in polygon)) + 1), min(HEIGHT, int(max(y for _, y in polygon)) + 1)
        if right <= left or lower <= upper:
            return
        mask = Image.new("L", (right - left, lower - upper))
        ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in polygon], fill=255)
        self.image.paste(gradient(mask.size, (top, bottom or top)), (left, upper), mask)

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float) -> None:
        """Soft round light."""
        side = int(radius * 2)
        mask = ImageChops.invert(Image.radial_gradient("L")).resize((side, side))
        mask = mask.point([int(strength * 255 * max(0.0, (v - 75) / 180) ** 1.8) for v in range(256)])
        self.image.paste(Image.new("RGB", (side, side), colour), (int(centre[0] - radius), int(centre[1] - radius)), mask)

    def veil(self, top: float, bottom: float, colour: Colour, strength: float) -> None:
        """A band of haze, densest in its middle."""
        height = int(bottom - top)
        band = Image.new("L", (1, height))
        band.putdata([int(255 * strength * math.sin(math.pi * y / height) ** 2) for y in range(height)])
        self.image.paste(Image.new("RGB", (WIDTH, height), colour), (0, int(top)), band.resize((WIDTH, height)))

    def lines(self, strokes: Sequence[tuple[Sequence[Point], Colour, float]]) -> None:
        draw = ImageDraw.Draw(self.image)
        for points, colour, width in strokes:
            draw.line([(x, y) for x, y in points], fill=colour, width=max(1, round(width)), joint="curve")

    def mirror(self, shore: float, strength: float = 0.55) -> None:
        """The upper picture in the water below the shore line, pressed together, blurred sideways and toned down."""
        depth = int(HEIGHT - shore)
        above = self.image.crop((0, max(0, int(shore - depth * 1.5)), WIDTH, int(shore)))
        upside = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((WIDTH // 16, depth // 2)).resize((WIDTH, depth))
        upside = upside.filter(ImageFilter.GaussianBlur(5 * SCALE))
        water = gradient((WIDTH, depth), (mix(self.palette.sky[-1], self.palette.near, 0.12), mix(self.palette.sky[0], self.palette.near, 0.45)))
        self.image.paste(Image.blend(water, upside, strength), (0, int(shore)))
        self._ripples(shore, depth)

    def _ripples(self, shore: float, depth: int) -> None:
        """Thin streaks of light that grow wider towards the viewer."""
        layer = Image.new("L", (WIDTH, HEIGHT))
        draw = ImageDraw.Draw(layer)
        for _ in range(150):
            nearness = self.rng.random() ** 1.4
            y = shore + 6 + nearness * (depth - 8)
            length = (30 + 320 * nearness) * self.rng.uniform(0.4, 1.0) * SCALE
            x = self.rng.uniform(-100, WIDTH)
            draw.ellipse((x, y, x + length, y + (1 + 2.2 * nearness) * SCALE), fill=int(self.rng.uniform(12, 46)))
        self.image.paste(Image.new("RGB", (WIDTH, HEIGHT), self.palette.light), (0, 0), layer.filter(ImageFilter.GaussianBlur(SCALE)))

    def finished(self) -> bytes:
        """Scaled down, with a breath of grain and slightly darker corners, as a JPEG."""
        image = self.image.resize(SIZE, Image.Resampling.LANCZOS)
        vignette = ImageChops.invert(Image.radial_gradient("L")).resize(SIZE).point([min(255, 222 + v // 3) for v in range(256)])
        image = ImageChops.multiply(image, Image.merge("RGB", (vignette,) * 3))
        image = ImageChops.soft_light(image, Image.merge("RGB", (_grain(self.rng),) * 3))
        out = BytesIO()
        image.save(out, "JPEG", quality=88, optimize=True, progressive=True)
        return out.getvalue()


def cover(kind: str, seed: int) -> bytes:
    """A picture of the given kind (a key of `KINDS`); the same seed gives the same picture."""
    scene = KINDS[kind]
    rng = random.Random(f"{kind}-{seed}")
    canvas = Canvas(rng, rng.choice(scene.palettes))
    scene.paint(canvas)
    return canvas.finished()


def for_article(article: DemoArticle) -> tuple[str, str]:
    """The kind of picture that suits an article, and the words that describe it to those who cannot see it."""
    text = f"{article.title}{article.summary}{''.join(article.keywords)}"
    found = next((kind for kind, words in SUBJECTS.items() if any(word in text for word in words)), None)
    fallback = FALLBACKS[sum(map(ord, article.slug)) % len(FALLBACKS)]
    kind = found or fallback
    return kind, KINDS[kind].words


# --- tools -------------------------------------------------------------------------------------------------------------


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour in the one."""
    a, b, c = (round(x + (y - x) * share) for x, y in zip(one, other, strict=True))
    return a, b, c


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """A vertical gradient through evenly spaced stops."""
    strip = Image.new("RGB", (1, len(stops)))
    strip.putdata(list(stops))
    column = Image.new("RGB", (1, size[1]))
    steps = len(stops) - 1
    pixels = []
    for y in range(size[1]):
        at = y / max(1, size[1] - 1) * steps
        low = min(int(at), steps - 1)
        pixels.append(mix(stops[low], stops[low + 1], at - low))
    column.putdata(pixels)
    return column.resize(size)


def ridge(rng: random.Random, base: float, height: float, waves: float, rough: float = 0.35) -> list[Point]:
    """The outline of a range of hills: a few long waves and ever smaller ones on top."""
    parts = [(rng.uniform(0.7, 1.3) * waves * 2**n, rng.uniform(0, math.tau), rough**n) for n in range(6)]
    whole = sum(part[2] for part in parts)
    points = []
    for x in range(-8, WIDTH + 16, 8):
        level = sum(size * math.sin(freq * math.tau * x / WIDTH + phase) for freq, phase, size in parts) / whole
        points.append((float(x), base - height * (0.5 + 0.5 * level)))
    return points


def below(line: Sequence[Point]) -> list[Point]:
    """The area under an outline."""
    return [*line, (WIDTH + 20, HEIGHT), (-20, HEIGHT)]


def _grain(rng: random.Random) -> Image.Image:
    """Fine grey noise from the picture's own random numbers, so that the same seed gives the same bytes."""
    tile = Image.frombytes("L", (400, 450), bytes(min(255, max(0, int(rng.gauss(128, 16)))) for _ in range(400 * 450)))
    sheet = Image.new("L", SIZE)
    for x in range(0, SIZE[0], 400):
        for y in range(0, SIZE[1], 450):
            sheet.paste(tile.transpose(rng.choice((Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180))), (x, y))
    return sheet


# --- parts of a landscape ----------------------------------------------------------------------------------------------


def sky(canvas: Canvas, horizon: float = 0.62) -> Point:
    """Sky with a low sun in haze and a few bars of cloud; says where the sun stands."""
    rng, palette = canvas.rng, canvas.palette
    depth = int(HEIGHT * horizon) + 40
    canvas.image.paste(gradient((WIDTH, depth), palette.sky), (0, 0))
    sun = (WIDTH * rng.choice((rng.uniform(0.18, 0.36), rng.uniform(0.64, 0.82))), HEIGHT * (horizon - rng.uniform(0.2, 0.3)))
    clouds(canvas, horizon)
    canvas.glow(sun, 760 * SCALE / 2, palette.light, 0.75)
    disc(canvas, sun, 34 * SCALE)
    return sun


def disc(canvas: Canvas, centre: Point, radius: float) -> None:
    mask = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(mask).ellipse((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), fill=235)
    canvas.image.paste(Image.new("RGB", (WIDTH, HEIGHT), canvas.palette.light), (0, 0), mask.filter(ImageFilter.GaussianBlur(SCALE)))


def clouds(canvas: Canvas, horizon: float) -> None:
    """Long flat clouds, thinner and closer towards the horizon."""
    layer = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(layer)
    for _ in range(5):
        height = canvas.rng.uniform(0.06, horizon - 0.16)
        centre, length = canvas.rng.uniform(0, WIDTH), canvas.rng.uniform(300, 760) * SCALE * (1.1 - height)
        for _ in range(16):
            x, span = centre + canvas.rng.gauss(0, length / 3), length * canvas.rng.uniform(0.15, 0.5)
            y, thick = HEIGHT * height + canvas.rng.gauss(0, 7 * SCALE), canvas.rng.uniform(3, 11) * SCALE
            draw.ellipse((x - span, y - thick, x + span, y + thick), fill=canvas.rng.randint(16, 48))
    canvas.image.paste(Image.new("RGB", (WIDTH, HEIGHT), canvas.palette.light), (0, 0), layer.filter(ImageFilter.GaussianBlur(9 * SCALE)))


def ranges(canvas: Canvas, base: float, count: int, height: float, waves: float = 1.3) -> None:
    """Hills behind hills, each nearer one lower and darker, with haze at its foot."""
    palette = canvas.palette
    for number in range(count):
        depth = number / max(1, count - 1)
        tone = mix(palette.far, palette.near, 0.05 + 0.6 * depth)
        level = base + HEIGHT * 0.035 * number
        line = ridge(canvas.rng, level, height * (1 - 0.5 * depth), waves + 0.7 * number)
        canvas.fill(below(line), tone, mix(tone, palette.sky[-1], 0.5 * (1 - depth) + 0.15))
        canvas.veil(level - 40 * SCALE, level + 70 * SCALE, palette.sky[-1], 0.3 * (1 - depth))


def trees(canvas: Canvas, ground: float, count: int, size: float, tone: Colour) -> None:
    """A row of round crowns, some with poplars between them."""
    draw = ImageDraw.Draw(canvas.image)
    for _ in range(count):
        x, height = canvas.rng.uniform(0, WIDTH), size * canvas.rng.uniform(0.5, 1.1)
        width = height * canvas.rng.choice((0.22, 0.5, 0.62))
        shade = mix(tone, canvas.palette.light, canvas.rng.uniform(0, 0.12))
        draw.ellipse((x - width, ground - height * 1.2, x + width, ground + height * 0.2), fill=shade)


def reeds(canvas: Canvas, count: int, tone: Colour, reach: float, where: Callable[[], float]) -> None:
    """Bending blades with plumes along the lower edge."""
    rng = canvas.rng
    draw = ImageDraw.Draw(canvas.image)
    for _ in range(count):
        x, tall, lean = where(), reach * rng.uniform(0.35, 1.0), rng.gauss(0.14, 0.12)
        points = [(x + tall * lean * t * t, HEIGHT + 10 - tall * t) for t in (0, 0.25, 0.5, 0.75, 1)]
        colour = mix(tone, canvas.palette.light, rng.uniform(0, 0.22))
        draw.line(points, fill=colour, width=round(rng.uniform(0.8, 2.4) * SCALE), joint="curve")
        if rng.random() < 0.3:
            tip_x, tip_y = points[-1]
            plume = Image.new("L", (int(60 * SCALE), int(60 * SCALE)))
            ImageDraw.Draw(plume).ellipse((26 * SCALE, 8 * SCALE, 33 * SCALE, 44 * SCALE), fill=200)
            plume = plume.rotate(-18 - 60 * lean).filter(ImageFilter.GaussianBlur(1.6 * SCALE))
            canvas.image.paste(
                Image.new("RGB", plume.size, mix(colour, canvas.palette.accent, 0.35)), (int(tip_x - 30 * SCALE), int(tip_y - 24 * SCALE)), plume
            )


def birds(canvas: Canvas, centre: Point, count: int) -> None:
    """A loose skein far away."""
    strokes: list[tuple[Sequence[Point], Colour, float]] = []
    for number in range(count):
        x = centre[0] + (number - count / 2) * 34 * SCALE + canvas.rng.gauss(0, 8 * SCALE)
        y = centre[1] + abs(number - count / 2) * 12 * SCALE + canvas.rng.gauss(0, 5 * SCALE)
        span = canvas.rng.uniform(8, 14) * SCALE
        strokes.append(
            (
                ((x - span, y - span * 0.35), (x - span * 0.4, y - span * 0.5), (x, y), (x + span * 0.4, y - span * 0.5), (x + span, y - span * 0.3)),
                mix(canvas.palette.near, canvas.palette.far, 0.25),
                1.3 * SCALE,
            )
        )
    canvas.lines(strokes)


def blocks(canvas: Canvas, ground: float, tall: float, tone: Colour, lit: float) -> None:
    """A row of buildings of uneven height; `lit` is the share of windows with light."""
    x = -20.0
    draw = ImageDraw.Draw(canvas.image)
    while x < WIDTH:
        width = canvas.rng.uniform(34, 92) * SCALE
        middle = 1 - abs(x / WIDTH - 0.5) * 1.1
        top = ground - tall * canvas.rng.uniform(0.35, 1.0) * (0.45 + 0.55 * middle)
        shade = mix(tone, canvas.palette.sky[-2], canvas.rng.uniform(0, 0.16))
        canvas.fill([(x, ground), (x, top), (x + width, top), (x + width, ground)], shade, mix(shade, canvas.palette.sky[-1], 0.22))
        if canvas.rng.random() < 0.25:
            draw.rectangle((x + width * 0.4, top - 16 * SCALE, x + width * 0.6, top), fill=shade)
        _windows(canvas, (x, top, x + width, ground), lit)
        x += width + canvas.rng.uniform(0, 16) * SCALE


def _windows(canvas: Canvas, box: tuple[float, float, float, float], lit: float) -> None:
    draw = ImageDraw.Draw(canvas.image)
    step_x, step_y = 9 * SCALE, 13 * SCALE
    y = box[1] + step_y
    while lit and y < box[3] - step_y:
        x = box[0] + step_x
        while x < box[2] - step_x:
            if canvas.rng.random() < lit:
                colour = mix(
                    canvas.palette.near, mix(canvas.palette.light, canvas.palette.accent, canvas.rng.random() * 0.5), canvas.rng.uniform(0.35, 0.95)
                )
                draw.rectangle((x, y, x + 4 * SCALE, y + 6 * SCALE), fill=colour)
            x += step_x
        y += step_y


# --- the scenes --------------------------------------------------------------------------------------------------------


def river(canvas: Canvas) -> None:
    """The river winds towards the viewer between low banks."""
    sky(canvas, 0.5)
    ranges(canvas, HEIGHT * 0.47, 4, HEIGHT * 0.17)
    palette, rng = canvas.palette, canvas.rng
    ground = mix(mix(palette.near, (142, 154, 96), 0.42), palette.far, 0.12)
    canvas.fill(below([(0.0, HEIGHT * 0.56), (float(WIDTH), HEIGHT * 0.56)]), mix(ground, palette.sky[-1], 0.5), ground)
    for number in range(6):
        strip = ridge(rng, HEIGHT * (0.6 + 0.07 * number), (5 + 5 * number) * SCALE, 1.2)
        canvas.fill(below(strip), mix(mix(ground, rng.choice(((190, 172, 104), (96, 122, 84))), 0.22), palette.sky[-1], 0.4 - 0.07 * number), ground)
    swing, phase = rng.choice((-1, 1)) * rng.uniform(0.2, 0.28), rng.uniform(-0.4, 0.4)
    left, right = [], []
    for step in range(61):
        t = step / 60
        middle = WIDTH * (0.5 + swing * (1 - t * 0.4) * math.sin(phase + 4.6 * t**0.6) * (0.2 + t))
        half = WIDTH * (0.008 + 0.27 * t**2.1)
        y = HEIGHT * (0.56 + 0.46 * t**1.5)
        left.append((middle - half, y))
        right.append((middle + half, y))
    canvas.fill([*left, *reversed(right)], mix(palette.sky[-1], palette.light, 0.4), mix(palette.sky[0], palette.sky[1], 0.5))
    for number in range(7):
        t = (number + 0.5) / 7
        _grove(canvas, left, t, -1)
        _grove(canvas, right, t, 1)


def _grove(canvas: Canvas, bank: Sequence[Point], t: float, side: int) -> None:
    """Trees that follow the bank at the depth `t`, larger and darker towards the viewer."""
    rng, palette = canvas.rng, canvas.palette
    x, y = bank[int(t**0.8 * 50)]
    tone = mix(mix(palette.far, palette.near, 0.3 + 0.5 * t), (92, 112, 78), 0.3)
    start = rng.uniform(14, 60) * SCALE * (0.3 + t)
    for step in range(rng.randint(9, 17)):
        away = start + step * (5 + 13 * t) * SCALE + rng.gauss(0, 4 * SCALE)
        trees_at(canvas, x + side * away, y + rng.uniform(-3, 5) * SCALE * t, (7 + 19 * t) * SCALE, mix(tone, palette.light, rng.uniform(0, 0.08)))


def trees_at(canvas: Canvas, x: float, y: float, size: float, tone: Colour) -> None:
    """One tree: a crown of several round masses."""
    draw, rng = ImageDraw.Draw(canvas.image), canvas.rng
    size *= rng.uniform(0.6, 1.2)
    for _ in range(7):
        a, b, r = x + rng.gauss(0, size * 0.42), y - size * rng.uniform(0.5, 1.5), size * rng.uniform(0.32, 0.6)
        draw.ellipse((a - r, b - r, a + r, b + r), fill=tone)
    draw.rectangle((x - size * 0.07, y - size * 0.7, x + size * 0.07, y + size * 0.1), fill=tone)


def hills(canvas: Canvas) -> None:
    """Ridge behind ridge in haze."""
    sun = sky(canvas, 0.7)
    ranges(canvas, HEIGHT * 0.55, 6, HEIGHT * 0.26, 0.9)
    birds(canvas, (WIDTH - sun[0], HEIGHT * 0.24), canvas.rng.randint(5, 9))
    line = ridge(canvas.rng, HEIGHT * 1.0, HEIGHT * 0.2, 0.8)
    canvas.fill(below(line), mix(canvas.palette.near, (0, 0, 0), 0.12), mix(canvas.palette.near, (0, 0, 0), 0.35))


def bridge(canvas: Canvas) -> None:
    """The cable-stayed bridge over the river."""
    sky(canvas, 0.66)
    ranges(canvas, HEIGHT * 0.6, 3, HEIGHT * 0.14)
    palette = canvas.palette
    shore, deck = HEIGHT * 0.66, HEIGHT * 0.575
    tone = mix(palette.near, palette.far, 0.12)
    for centre in (WIDTH * canvas.rng.uniform(0.27, 0.31), WIDTH * canvas.rng.uniform(0.69, 0.73)):
        _pylon(canvas, centre, deck, shore, tone)
    canvas.fill([(0, deck), (WIDTH, deck), (WIDTH, deck + 13 * SCALE), (0, deck + 13 * SCALE)], mix(tone, palette.light, 0.16), tone)
    for number in range(9):
        x = WIDTH * number / 8
        canvas.fill([(x - 7 * SCALE, deck), (x + 7 * SCALE, deck), (x + 7 * SCALE, shore), (x - 7 * SCALE, shore)], tone, mix(tone, palette.far, 0.4))
    canvas.mirror(shore)


def _pylon(canvas: Canvas, x: float, deck: float, shore: float, tone: Colour) -> None:
    """One tower with its fan of cables."""
    top = HEIGHT * 0.17
    strokes: list[tuple[Sequence[Point], Colour, float]] = []
    for number in range(1, 15):
        reach, height = WIDTH * 0.0145 * number, top + (deck - top) * 0.028 * (15 - number)
        for side in (-1, 1):
            strokes.append((((x, height), (x + side * reach, deck)), mix(tone, canvas.palette.light, 0.45), 1.1 * SCALE))
    canvas.lines(strokes)
    for side in (-1, 1):
        foot, neck = 34 * SCALE * side, 6 * SCALE * side
        canvas.fill(
            [(x + neck - 5 * SCALE, top), (x + neck + 5 * SCALE, top), (x + foot + 9 * SCALE, shore), (x + foot - 9 * SCALE, shore)],
            mix(tone, canvas.palette.light, 0.2),
            tone,
        )


def library(canvas: Canvas) -> None:
    """The new library: a long hall of vertical fins above a reflecting pool."""
    sky(canvas, 0.72)
    palette, rng = canvas.palette, canvas.rng
    blocks(canvas, HEIGHT * 0.66, HEIGHT * 0.2, mix(palette.far, palette.sky[-1], 0.35), 0)
    trees(canvas, HEIGHT * 0.66, 60, 24 * SCALE, mix(palette.far, palette.near, 0.4))
    shore, roof, floor = HEIGHT * 0.72, HEIGHT * 0.335, HEIGHT * 0.7
    left, right = WIDTH * 0.14, WIDTH * 0.86
    warm = mix(palette.accent, palette.light, 0.62)
    canvas.fill([(left, roof), (right, roof), (right, floor), (left, floor)], mix(warm, palette.near, 0.28), warm)
    for level in (0.45, 0.57):
        canvas.fill(
            [(left, HEIGHT * level), (right, HEIGHT * level), (right, HEIGHT * level + 7 * SCALE), (left, HEIGHT * level + 7 * SCALE)],
            mix(palette.near, warm, 0.3),
        )
    fins = 64
    for number in range(fins + 1):
        x = left + (right - left) * number / fins
        thick = (3.2 + 2.2 * math.sin(number * 0.33 + rng.random() * 0.2)) * SCALE
        tone = mix(palette.light, palette.far, 0.18 + 0.4 * (number / fins))
        canvas.fill([(x - thick, roof), (x + thick, roof), (x + thick, floor), (x - thick, floor)], tone, mix(tone, palette.near, 0.22))
    slab = mix(palette.light, palette.far, 0.16)
    canvas.fill(
        [
            (left - 90 * SCALE, roof - 26 * SCALE),
            (right + 90 * SCALE, roof - 26 * SCALE),
            (right + 60 * SCALE, roof + 6 * SCALE),
            (left - 60 * SCALE, roof + 6 * SCALE),
        ],
        slab,
        mix(slab, palette.near, 0.3),
    )
    canvas.fill([(0, floor), (WIDTH, floor), (WIDTH, shore), (0, shore)], mix(palette.far, palette.light, 0.5), mix(palette.far, palette.near, 0.3))
    _people(canvas, floor, 22)
    canvas.mirror(shore, 0.68)


def _people(canvas: Canvas, ground: float, count: int) -> None:
    """Small figures that give the measure."""
    draw = ImageDraw.Draw(canvas.image)
    for _ in range(count):
        x, tall = canvas.rng.uniform(WIDTH * 0.1, WIDTH * 0.9), canvas.rng.uniform(13, 18) * SCALE
        tone = mix(canvas.palette.near, canvas.palette.accent, canvas.rng.choice((0, 0, 0.15, 0.7)))
        y = ground + 5 * SCALE
        draw.rounded_rectangle((x - tall * 0.15, y - tall * 0.78, x + tall * 0.15, y), radius=tall * 0.12, fill=tone)
        draw.ellipse((x - tall * 0.11, y - tall, x + tall * 0.11, y - tall * 0.8), fill=tone)


def wetland(canvas: Canvas) -> None:
    """Still water, reeds in front and birds in the air."""
    sun = sky(canvas, 0.55)
    ranges(canvas, HEIGHT * 0.52, 3, HEIGHT * 0.12)
    palette, rng = canvas.palette, canvas.rng
    trees(canvas, HEIGHT * 0.565, 150, 26 * SCALE, mix(palette.far, palette.near, 0.55))
    canvas.mirror(HEIGHT * 0.57, 0.7)
    for number in range(7):
        y, x = HEIGHT * (0.62 + 0.045 * number), rng.uniform(-0.1, 0.8) * WIDTH
        length, thick = rng.uniform(0.12, 0.36) * WIDTH, (3 + 2 * number) * SCALE
        tone = mix(palette.near, palette.accent, 0.22)
        canvas.fill(
            [(x + length * t / 40, y - thick * math.sin(math.pi * t / 40) * rng.uniform(0.6, 1.3)) for t in range(41)],
            mix(tone, palette.far, 0.35),
            tone,
        )
    birds(canvas, (WIDTH - sun[0], HEIGHT * 0.2), rng.randint(7, 11))
    side = rng.choice((0.0, 1.0))
    reeds(canvas, 520, mix(palette.near, palette.accent, 0.3), HEIGHT * 0.42, lambda: WIDTH * abs(side - abs(rng.gauss(0, 0.24))))


def wheat(canvas: Canvas) -> None:
    """A ripe field with rows that meet at the horizon."""
    sky(canvas, 0.5)
    palette, rng = canvas.palette, canvas.rng
    ranges(canvas, HEIGHT * 0.46, 3, HEIGHT * 0.12)
    trees(canvas, HEIGHT * 0.505, 130, 22 * SCALE, mix(palette.far, palette.near, 0.62))
    gold, straw = mix((206, 162, 84), palette.accent, 0.15), mix((236, 208, 142), palette.light, 0.25)
    horizon = HEIGHT * 0.51
    canvas.fill([(0, horizon), (WIDTH, horizon), (WIDTH, HEIGHT), (0, HEIGHT)], straw, mix(gold, palette.near, 0.12))
    vanish = WIDTH * rng.uniform(0.36, 0.64)
    for number in range(-46, 47):
        a, b = vanish + number * 17 * SCALE, vanish + number * 150 * SCALE
        tone = mix(gold, palette.near, 0.1 + 0.22 * (number % 2))
        canvas.fill(
            [(a - 2 * SCALE, horizon), (a + 2 * SCALE, horizon), (b + 30 * SCALE, HEIGHT), (b - 30 * SCALE, HEIGHT)], mix(straw, tone, 0.25), tone
        )
    _stalks(canvas, gold, straw)
    canvas.veil(horizon - 24 * SCALE, horizon + 90 * SCALE, palette.light, 0.35)


def _stalks(canvas: Canvas, gold: Colour, straw: Colour) -> None:
    """Ears near the lower edge."""
    draw, rng = ImageDraw.Draw(canvas.image), canvas.rng
    for _ in range(1500):
        near = rng.random() ** 0.7
        x, y = rng.uniform(0, WIDTH), HEIGHT * (0.7 + 0.34 * near)
        tall, lean = (14 + 74 * near) * SCALE, rng.gauss(0.12, 0.08)
        tone = mix(mix(gold, straw, rng.random()), canvas.palette.near, rng.uniform(0, 0.22))
        draw.line([(x, y), (x + lean * tall * 0.4, y - tall * 0.6), (x + lean * tall, y - tall)], fill=tone, width=round((0.6 + 1.2 * near) * SCALE))
        ear = (3 + 5 * near) * SCALE
        draw.ellipse((x + lean * tall - ear * 0.4, y - tall - ear * 2.4, x + lean * tall + ear * 0.4, y - tall + ear * 0.6), fill=tone)


def railway(canvas: Canvas) -> None:
    """The high-speed train on its viaduct before the hills."""
    sky(canvas, 0.6)
    palette, rng = canvas.palette, canvas.rng
    ranges(canvas, HEIGHT * 0.56, 4, HEIGHT * 0.2)
    deck, ground = HEIGHT * 0.585, HEIGHT * 0.76
    field_tone = mix(palette.near, palette.accent, 0.16)
    canvas.fill(below(ridge(rng, ground, 16 * SCALE, 1.4)), mix(field_tone, palette.far, 0.45), field_tone)
    stone = mix(palette.light, palette.far, 0.45)
    for number in range(-1, 12):
        x = WIDTH * (number + 0.3) / 10
        canvas.fill(
            [(x - 12 * SCALE, deck), (x + 12 * SCALE, deck), (x + 9 * SCALE, ground + 24 * SCALE), (x - 9 * SCALE, ground + 24 * SCALE)],
            mix(stone, palette.near, 0.2),
            mix(stone, palette.near, 0.42),
        )
    canvas.fill([(0, deck), (WIDTH, deck), (WIDTH, deck + 17 * SCALE), (0, deck + 17 * SCALE)], stone, mix(stone, palette.near, 0.32))
    _catenary(canvas, deck)
    _train(canvas, deck)
    for band in range(5):
        level = ground + (14 + 27 * band) * SCALE
        tone = mix(field_tone, rng.choice(((176, 168, 104), (104, 134, 92))), 0.3)
        canvas.fill(below(ridge(rng, level, 12 * SCALE, 1.1)), mix(tone, palette.light, 0.14), tone)
        x = rng.uniform(0, WIDTH)
        for _ in range(rng.randint(8, 16)):
            trees_at(
                canvas, x + rng.gauss(0, (60 + 40 * band) * SCALE), level + 6 * SCALE, (9 + 4 * band) * SCALE, mix(palette.near, field_tone, 0.25)
            )


def _catenary(canvas: Canvas, deck: float) -> None:
    tone = mix(canvas.palette.near, canvas.palette.far, 0.45)
    wire = deck - 62 * SCALE
    strokes: list[tuple[Sequence[Point], Colour, float]] = [(((0, wire), (WIDTH, wire)), tone, SCALE * 0.7)]
    strokes += [(((x, deck), (x, wire - 8 * SCALE)), tone, 2 * SCALE) for x in range(60, WIDTH, 130 * SCALE)]
    canvas.lines(strokes)


def _train(canvas: Canvas, deck: float) -> None:
    """A white train with a pointed nose and a stripe."""
    draw, palette = ImageDraw.Draw(canvas.image), canvas.palette
    nose, high = WIDTH * canvas.rng.uniform(0.6, 0.78), 42 * SCALE
    body = [(-20.0, deck), (-20.0, deck - high), (nose - 150 * SCALE, deck - high)]
    body += [(nose - 150 * SCALE + 150 * SCALE * t / 12, deck - high * math.cos(math.pi / 2 * (t / 12) ** 1.7)) for t in range(13)]
    canvas.fill([*body, (nose, deck)], mix(palette.light, (255, 255, 255), 0.5), mix(palette.light, palette.far, 0.5))
    draw.rectangle((0, deck - high * 0.42, nose - 62 * SCALE, deck - high * 0.34), fill=palette.accent)
    for x in range(16 * SCALE, int(nose - 180 * SCALE), 30 * SCALE):
        draw.rounded_rectangle((x, deck - high * 0.8, x + 19 * SCALE, deck - high * 0.54), radius=3 * SCALE, fill=mix(palette.near, palette.far, 0.2))
    draw.polygon(
        [
            (nose - 118 * SCALE, deck - high * 0.86),
            (nose - 76 * SCALE, deck - high * 0.74),
            (nose - 70 * SCALE, deck - high * 0.6),
            (nose - 118 * SCALE, deck - high * 0.62),
        ],
        fill=palette.near,
    )


def night(canvas: Canvas) -> None:
    """The skyline over the dark river."""
    palette, rng = canvas.palette, canvas.rng
    canvas.image.paste(gradient((WIDTH, int(HEIGHT * 0.7)), palette.sky), (0, 0))
    draw = ImageDraw.Draw(canvas.image)
    for _ in range(130):
        x, y, size = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT * 0.4), rng.uniform(0.5, 1.3) * SCALE
        draw.ellipse((x, y, x + size, y + size), fill=mix(palette.sky[1], palette.light, rng.uniform(0.2, 0.7)))
    moon = (WIDTH * rng.uniform(0.2, 0.8), HEIGHT * rng.uniform(0.14, 0.22))
    canvas.glow(moon, 300 * SCALE, palette.light, 0.4)
    disc(canvas, moon, 26 * SCALE)
    shore = HEIGHT * 0.68
    blocks(canvas, shore, HEIGHT * 0.42, mix(palette.far, palette.near, 0.2), 0.12)
    canvas.veil(HEIGHT * 0.46, HEIGHT * 0.72, palette.sky[-1], 0.4)
    blocks(canvas, shore, HEIGHT * 0.27, mix(palette.far, palette.near, 0.75), 0.34)
    for x in range(0, WIDTH, 34 * SCALE):
        canvas.glow((x, shore - 6 * SCALE), 26 * SCALE, palette.accent, 0.8)
    canvas.mirror(shore, 0.8)


def city(canvas: Canvas) -> None:
    """Rows of houses and trees by day, the hills behind."""
    sky(canvas, 0.6)
    palette = canvas.palette
    ranges(canvas, HEIGHT * 0.52, 3, HEIGHT * 0.16)
    for number, tall in enumerate((0.26, 0.2, 0.16)):
        ground = HEIGHT * (0.62 + 0.085 * number)
        tone = mix(mix(palette.far, palette.near, 0.05 + 0.2 * number), palette.light, 0.22)
        blocks(canvas, ground, HEIGHT * tall, tone, 0.3 + 0.1 * number)
        canvas.veil(ground - 60 * SCALE, ground + 30 * SCALE, palette.sky[-1], 0.32 - 0.08 * number)
        trees(canvas, ground + 8 * SCALE, 120 - 20 * number, (16 + 8 * number) * SCALE, mix(palette.far, palette.near, 0.42 + 0.2 * number))
    canvas.fill(below([(0.0, HEIGHT * 0.8), (float(WIDTH), HEIGHT * 0.8)]), mix(palette.near, palette.far, 0.35), palette.near)
    for number in range(4):
        tone = mix(mix(palette.near, (88, 112, 84), 0.3), palette.far, 0.24 - 0.08 * number)
        for x in range(-40, WIDTH + 40, (20 + 8 * number) * SCALE):
            trees_at(
                canvas,
                x + canvas.rng.gauss(0, 20 * SCALE),
                HEIGHT * (0.83 + 0.065 * number),
                (26 + 12 * number) * SCALE,
                mix(tone, palette.light, canvas.rng.uniform(0, 0.07)),
            )


def terraces(canvas: Canvas) -> None:
    """Terraced fields, each edge catching the light."""
    sky(canvas, 0.5)
    palette, rng = canvas.palette, canvas.rng
    ranges(canvas, HEIGHT * 0.46, 4, HEIGHT * 0.22)
    fields = (mix(palette.near, (126, 148, 84), 0.6), mix(palette.near, (190, 168, 92), 0.6), mix(palette.near, (108, 142, 110), 0.6))
    for number in range(15):
        t = number / 14
        line = ridge(rng, HEIGHT * (0.53 + 0.5 * t**1.25), HEIGHT * (0.03 + 0.05 * t), 0.9 + 0.15 * rng.random(), 0.28)
        tone = mix(palette.far, rng.choice(fields), 0.55 + 0.4 * t)
        canvas.fill(below(line), mix(tone, palette.light, 0.16), mix(tone, palette.near, 0.45))
        canvas.lines([(line, mix(tone, palette.light, 0.5), (0.8 + 1.8 * t) * SCALE)])
        if number in (4, 8, 11):
            for x, y in line[:: rng.randint(40, 70)]:
                trees_at(canvas, x + rng.gauss(0, 60), y + 4, (8 + 16 * t) * SCALE, mix(tone, palette.near, 0.75))


@dataclass(frozen=True)
class Scene:
    """How a kind is painted, in which lights, and how it is described."""

    paint: Callable[[Canvas], None]
    palettes: tuple[Palette, ...]
    words: str


KINDS: dict[str, Scene] = {
    "river": Scene(river, (DAWN, DAY, DUSK), "插画：澄河蜿蜒流过两岸田野，远处是层层山影"),
    "hills": Scene(hills, (DAWN, MIST, DUSK, WINTER), "插画：薄雾中层层叠叠的远山与飞鸟"),
    "bridge": Scene(bridge, (DAWN, DAY, DUSK), "插画：和安大桥横跨澄河，桥塔与拉索倒映水中"),
    "library": Scene(library, (DAWN, DAY, DUSK), "插画：市图书馆新馆与馆前水面"),
    "wetland": Scene(wetland, (DAWN, MIST, DUSK), "插画：澄河湿地的芦苇、水面与飞鸟"),
    "wheat": Scene(wheat, (DAWN, DAY), "插画：成熟的麦田伸向天边的树林"),
    "railway": Scene(railway, (DAWN, DAY, DUSK), "插画：高速列车驶过高架桥，背后是群山"),
    "night": Scene(night, (NIGHT,), "插画：夜色中的和安城与河面灯影"),
    "city": Scene(city, (DAWN, DAY, MIST), "插画：绿树掩映的城区楼群与远山"),
    "terraces": Scene(terraces, (DAWN, DAY, MIST), "插画：山间层层梯田"),
}

#: Which words in an article call for which picture; the first that fits is taken.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "library": ("图书", "阅读", "书房", "学校", "教育", "入学", "文化", "博物馆"),
    "wetland": ("湿地", "候鸟", "生态", "环境", "空气", "垃圾", "污水", "水质"),
    "railway": ("高铁", "铁路", "车站", "春运", "运输", "交通"),
    "bridge": ("大桥", "道路", "快速路", "施工", "项目", "工程", "建设"),
    "wheat": ("小麦", "粮食", "秋粮", "夏粮", "春耕", "农业", "丰收", "农资"),
    "terraces": ("乡村", "果", "药材", "茶", "菌", "养殖", "农民", "民宿"),
    "night": ("夜", "消费", "灯", "供电", "停电", "旅游"),
    "city": ("小区", "社区", "住房", "供热", "供暖", "物业", "电梯", "停车", "就业", "工业", "企业", "医疗", "养老"),
    "river": ("澄河", "防汛", "水利", "河", "供水"),
}
FALLBACKS = ("city", "river", "bridge", "hills")
