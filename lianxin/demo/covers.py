"""Lead pictures of the demo city, drawn by code: calm layered landscapes of its river, bridge, library, fields and hills.

Drawn at one and a half times their size and scaled down, so that edges are smooth. The same kind and seed give the same picture but for its grain.
"""

import math
import random
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from lianxin.demo.articles import DemoArticle

SIZE = (1200, 675)
SCALE = 1.5
WIDTH, HEIGHT = int(SIZE[0] * SCALE), int(SIZE[1] * SCALE)

Colour = tuple[int, int, int]
# Sky from top to horizon, the far and the near land, water, the light of sun or windows.
PALETTES: dict[str, dict[str, Colour]] = {
    "dawn": {
        "top": (120, 156, 190),
        "low": (246, 222, 196),
        "far": (150, 170, 182),
        "near": (46, 78, 88),
        "water": (150, 176, 190),
        "light": (255, 236, 205),
    },
    "day": {
        "top": (104, 158, 204),
        "low": (226, 238, 242),
        "far": (146, 180, 188),
        "near": (38, 92, 84),
        "water": (120, 168, 196),
        "light": (255, 252, 240),
    },
    "dusk": {
        "top": (62, 78, 122),
        "low": (240, 184, 150),
        "far": (124, 118, 150),
        "near": (38, 44, 72),
        "water": (120, 116, 148),
        "light": (255, 214, 160),
    },
    "snow": {
        "top": (150, 172, 194),
        "low": (236, 240, 244),
        "far": (192, 204, 216),
        "near": (96, 116, 134),
        "water": (176, 196, 210),
        "light": (255, 255, 255),
    },
    "night": {
        "top": (12, 24, 52),
        "low": (58, 84, 126),
        "far": (34, 54, 88),
        "near": (10, 20, 40),
        "water": (28, 48, 84),
        "light": (255, 216, 140),
    },
    "autumn": {
        "top": (138, 170, 190),
        "low": (244, 232, 208),
        "far": (178, 172, 150),
        "near": (108, 84, 50),
        "water": (154, 178, 186),
        "light": (255, 244, 214),
    },
}


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


class Scene:
    """A picture in the making: a sky, then layers from far to near."""

    def __init__(self, palette: str, seed: int) -> None:
        self.rng = random.Random(seed)
        self.palette = PALETTES[palette]
        gradient = Image.linear_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        self.image = ImageOps.colorize(gradient, self.palette["top"], self.palette["low"], midpoint=140).convert("RGB")
        self.draw = ImageDraw.Draw(self.image)

    def depth(self, share: float) -> Colour:
        """The colour of land: 0 far, 1 near."""
        return _mix(self.palette["far"], self.palette["near"], share)

    def glow(self, x: float, y: float, radius: float, strength: float = 0.8) -> None:
        """Soft light around the sun, the moon or a lamp-lit place."""
        mask = Image.new("L", (WIDTH // 8, HEIGHT // 8))
        r = radius * HEIGHT / 8
        ImageDraw.Draw(mask).ellipse((x * WIDTH / 8 - r, y * HEIGHT / 8 - r, x * WIDTH / 8 + r, y * HEIGHT / 8 + r), fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(r * 0.55)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        self._paste(Image.new("RGB", (WIDTH, HEIGHT), self.palette["light"]), mask)

    def disc(self, x: float, y: float, radius: float) -> None:
        """The sun or the moon itself."""
        r = radius * HEIGHT
        self.draw.ellipse((x * WIDTH - r, y * HEIGHT - r, x * WIDTH + r, y * HEIGHT + r), fill=_mix(self.palette["light"], (255, 255, 255), 0.4))

    def ridge(self, level: float, swing: float, share: float, rough: float = 0.0) -> Callable[[float], float]:
        """A line of hills with its foot in mist; returns the height of the line at an abscissa (both in pixels)."""
        waves = [(self.rng.uniform(0.6, 1.0) / n, n * self.rng.uniform(0.8, 1.3), self.rng.uniform(0, math.tau)) for n in (1, 2, 3, 5)]
        if rough:
            waves += [(rough / n, n, self.rng.uniform(0, math.tau)) for n in (9, 17, 31)]

        def line(x: float) -> float:
            t = x / WIDTH * math.tau
            return HEIGHT * (level - swing * sum(a * math.sin(f * t + p) for a, f, p in waves) / 2)

        points = [(x, line(x)) for x in range(0, WIDTH + 8, 8)]
        self.draw.polygon([(0, HEIGHT), *points, (WIDTH, HEIGHT)], fill=self.depth(share))
        self.mist(level + swing * 0.4, 0.2, 0.3 * (1 - share))
        return line

    def mist(self, level: float, height: float, strength: float) -> None:
        """A band of haze."""
        band = Image.new("L", (1, 256))
        band.putdata([round(255 * strength * math.exp(-(((y / 256 - level) / height) ** 2) * 4)) for y in range(256)])
        self._paste(Image.new("RGB", (WIDTH, HEIGHT), self.palette["low"]), band.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))

    def water(self, level: float, tint: float = 0.55) -> None:
        """Still water from ``level`` down, mirroring what stands above it."""
        top = round(level * HEIGHT)
        mirrored = ImageOps.flip(self.image.crop((0, max(0, 2 * top - HEIGHT), WIDTH, top))).resize((WIDTH, HEIGHT - top))
        mirrored = mirrored.filter(ImageFilter.GaussianBlur(5))
        water = Image.blend(mirrored, Image.new("RGB", mirrored.size, self.palette["water"]), tint)
        self.image.paste(water, (0, top))
        self.draw = ImageDraw.Draw(self.image)
        for _ in range(70):
            y = top + (self.rng.random() ** 1.6) * (HEIGHT - top)
            near = (y - top) / (HEIGHT - top)
            length, x = self.rng.uniform(40, 260) * (0.3 + near), self.rng.uniform(-50, WIDTH)
            shade = _mix(self.palette["water"], self.palette["light"], self.rng.uniform(0.15, 0.5))
            self.draw.line((x, y, x + length, y), fill=shade, width=1 + round(near * 2))

    def trees(self, line: Callable[[float], float], share: float, count: int, size: float) -> None:
        """Round crowns along a line, in uneven groups."""
        colour = self.depth(share)
        for _ in range(count):
            x = self.rng.betavariate(0.6, 0.6) * WIDTH
            r = HEIGHT * size * self.rng.uniform(0.6, 1.2)
            y = line(x)
            self.draw.ellipse(
                (x - r * 0.8, y - r * 1.9, x + r * 0.8, y + r * 0.3), fill=_mix(colour, self.palette["light"], self.rng.uniform(0, 0.08))
            )

    def towers(self, level: float, share: float, lit: bool, spread: tuple[float, float] = (0.0, 1.0)) -> None:
        """A skyline of plain houses, with windows when they are lit."""
        x, end = spread[0] * WIDTH, spread[1] * WIDTH
        while x < end:
            width = self.rng.uniform(0.02, 0.05) * WIDTH
            height = self.rng.betavariate(2, 4) * 0.36 * HEIGHT + 0.03 * HEIGHT
            top = level * HEIGHT - height
            self.draw.rectangle((x, top, x + width, level * HEIGHT), fill=_mix(self.depth(share), self.palette["low"], self.rng.uniform(0, 0.12)))
            if lit:
                self._windows(x, top, width, height)
            x += width + self.rng.uniform(0, 0.012) * WIDTH

    def _windows(self, x: float, top: float, width: float, height: float) -> None:
        for row in range(int(height // 22)):
            for column in range(int(width // 16)):
                if self.rng.random() < 0.34:
                    left, upper = x + 6 + column * 16, top + 8 + row * 22
                    self.draw.rectangle((left, upper, left + 6, upper + 9), fill=_mix(self.palette["light"], self.depth(1), self.rng.uniform(0, 0.5)))

    def finish(self) -> bytes:
        """Scale down, add a fine grain as of paper, and encode."""
        small = self.image.resize(SIZE, Image.Resampling.LANCZOS)
        grain = Image.effect_noise(SIZE, 14).convert("RGB")
        small = Image.blend(small, ImageChops.overlay(small, grain), 0.35)
        buffer = BytesIO()
        small.save(buffer, "JPEG", quality=88)
        return buffer.getvalue()

    def _paste(self, picture: Image.Image, mask: Image.Image) -> None:
        self.image.paste(picture, (0, 0), mask)
        self.draw = ImageDraw.Draw(self.image)


def _river(scene: Scene) -> None:
    x = scene.rng.uniform(0.2, 0.8)
    scene.glow(x, 0.42, 0.4)
    scene.disc(x, 0.4, 0.035)
    scene.ridge(0.5, 0.12, 0.05)
    scene.ridge(0.56, 0.1, 0.3)
    line = scene.ridge(0.62, 0.05, 0.6, 0.03)
    scene.trees(line, 0.65, 60, 0.02)
    scene.water(0.66)
    near = scene.ridge(0.97, 0.05, 1.0)
    scene.trees(near, 1.0, 14, 0.05)


def _bridge(scene: Scene) -> None:
    scene.glow(0.7, 0.45, 0.45)
    scene.ridge(0.52, 0.08, 0.1)
    scene.towers(0.6, 0.3, lit=False, spread=(0.05, 0.45))
    line = scene.ridge(0.61, 0.02, 0.5)
    scene.trees(line, 0.55, 50, 0.018)
    deck, colour = 0.54 * HEIGHT, scene.depth(0.92)
    for pylon in (0.34, 0.66):
        x = pylon * WIDTH
        scene.draw.polygon([(x - 9, 0.2 * HEIGHT), (x + 9, 0.2 * HEIGHT), (x + 16, 0.68 * HEIGHT), (x - 16, 0.68 * HEIGHT)], fill=colour)
        for n in range(1, 13):
            for side in (-1, 1):
                reach = x + side * n * 0.0125 * WIDTH
                scene.draw.line((x, (0.21 + n * 0.012) * HEIGHT, reach, deck), fill=_mix(colour, scene.palette["low"], 0.35), width=2)
    scene.draw.rectangle((0, deck, WIDTH, deck + 0.018 * HEIGHT), fill=colour)
    scene.water(0.67)


def _shape(scene: Scene, corners: list[tuple[float, float]], colour: Colour) -> None:
    """A polygon by shares of the picture's width and height."""
    scene.draw.polygon([(x * WIDTH, y * HEIGHT) for x, y in corners], fill=colour)


def _library(scene: Scene) -> None:
    scene.glow(0.5, 0.5, 0.5, 0.6)
    scene.ridge(0.5, 0.1, 0.08)
    line = scene.ridge(0.6, 0.03, 0.35)
    scene.trees(line, 0.45, 70, 0.028)
    wall, left, right, base = _mix(scene.palette["light"], scene.palette["low"], 0.35), 0.24, 0.8, 0.66
    scene.draw.polygon(
        [(left * WIDTH, 0.42 * HEIGHT), (right * WIDTH, 0.3 * HEIGHT), (right * WIDTH, base * HEIGHT), (left * WIDTH, base * HEIGHT)], fill=wall
    )
    scene.draw.polygon(
        [
            ((left - 0.03) * WIDTH, 0.43 * HEIGHT),
            ((right + 0.03) * WIDTH, 0.28 * HEIGHT),
            ((right + 0.03) * WIDTH, 0.305 * HEIGHT),
            ((left - 0.03) * WIDTH, 0.45 * HEIGHT),
        ],
        fill=scene.depth(0.95),
    )
    for n in range(26):
        x = (left + 0.015 + n * (right - left - 0.03) / 25) * WIDTH
        top = (0.47 - 0.125 * n / 25) * HEIGHT
        scene.draw.rectangle((x, top, x + 0.006 * WIDTH, base * HEIGHT), fill=_mix(scene.depth(0.7), wall, 0.25))
    scene.draw.rectangle((0, base * HEIGHT, WIDTH, HEIGHT), fill=_mix(scene.depth(0.3), scene.palette["low"], 0.5))
    scene.water(0.72, 0.45)


def _wetland(scene: Scene) -> None:
    scene.glow(0.3, 0.4, 0.35)
    scene.ridge(0.46, 0.06, 0.05)
    line = scene.ridge(0.5, 0.02, 0.3)
    scene.trees(line, 0.35, 90, 0.014)
    scene.water(0.52, 0.4)
    for _ in range(420):
        near = scene.rng.random() ** 0.6
        x = (scene.rng.betavariate(0.5, 0.5)) * WIDTH
        y = (0.66 + near * 0.36) * HEIGHT
        height, lean = (0.05 + 0.16 * near) * HEIGHT, scene.rng.uniform(-24, 40)
        shade = _mix(scene.depth(0.55 + near * 0.45), scene.palette["light"], scene.rng.uniform(0, 0.25))
        scene.draw.line((x, y, x + lean * 0.4, y - height * 0.6, x + lean, y - height), fill=shade, width=2 + round(near * 2))
    for _ in range(9):
        x, y, span = scene.rng.uniform(0.4, 0.9) * WIDTH, scene.rng.uniform(0.14, 0.34) * HEIGHT, scene.rng.uniform(14, 26)
        scene.draw.line((x - span, y - span * 0.4, x, y, x + span, y - span * 0.4), fill=scene.depth(0.8), width=4, joint="curve")


def _field(scene: Scene) -> None:
    scene.glow(0.75, 0.36, 0.4)
    scene.ridge(0.44, 0.1, 0.1)
    line = scene.ridge(0.5, 0.03, 0.4)
    scene.trees(line, 0.5, 40, 0.022)
    horizon, vanish = 0.52 * HEIGHT, scene.rng.uniform(0.4, 0.6) * WIDTH
    ground = _mix(scene.depth(0.7), scene.palette["light"], 0.45)
    scene.draw.rectangle((0, horizon, WIDTH, HEIGHT), fill=ground)
    for n in range(-40, 41):
        far, close = vanish + n * 20, vanish + n * 150
        shade = _mix(ground, scene.depth(0.9), 0.35 if n % 2 else 0.12)
        scene.draw.polygon([(far, horizon), (far + 10, horizon), (close + 80, HEIGHT), (close, HEIGHT)], fill=shade)
    scene.mist(0.53, 0.12, 0.5)


def _railway(scene: Scene) -> None:
    scene.glow(0.6, 0.4, 0.4)
    scene.ridge(0.48, 0.14, 0.08)
    scene.ridge(0.56, 0.08, 0.3)
    line = scene.ridge(0.7, 0.04, 0.65, 0.02)
    scene.trees(line, 0.7, 70, 0.022)
    y, pier = 0.56 * HEIGHT, _mix(scene.depth(0.5), scene.palette["light"], 0.3)
    for n in range(14):
        x = n * WIDTH / 13
        scene.draw.rectangle((x - 10, y, x + 10, 0.8 * HEIGHT), fill=pier)
    scene.draw.rectangle((0, y, WIDTH, y + 0.026 * HEIGHT), fill=_mix(pier, scene.palette["light"], 0.25))
    train = [(0.18, 0), (0.7, 0), (0.8, -0.012), (0.835, -0.03), (0.81, -0.048), (0.77, -0.056), (0.18, -0.056)]
    _shape(scene, [(px, 0.56 + py) for px, py in train], (244, 247, 250))
    scene.draw.rectangle((0.18 * WIDTH, y - 0.04 * HEIGHT, 0.79 * WIDTH, y - 0.024 * HEIGHT), fill=_mix(scene.palette["near"], (20, 60, 110), 0.5))
    scene.ridge(0.95, 0.06, 1.0)


def _city(scene: Scene) -> None:
    lit = scene.palette is PALETTES["night"] or scene.palette is PALETTES["dusk"]
    scene.glow(0.5, 0.62, 0.5, 0.5)
    scene.towers(0.66, 0.2, lit=False)
    scene.towers(0.67, 0.65, lit=lit)
    line = scene.ridge(0.69, 0.01, 0.85)
    scene.trees(line, 0.9, 80, 0.02)
    scene.water(0.7, 0.4)


def _mountain(scene: Scene) -> None:
    x = scene.rng.uniform(0.25, 0.75)
    scene.glow(x, 0.25, 0.35)
    scene.disc(x, 0.24, 0.04)
    for n in range(6):
        scene.ridge(0.42 + n * 0.1, 0.2 - n * 0.02, n / 5, 0.05)


SCENES: dict[str, Callable[[Scene], None]] = {
    "river": _river,
    "bridge": _bridge,
    "library": _library,
    "wetland": _wetland,
    "field": _field,
    "railway": _railway,
    "city": _city,
    "mountain": _mountain,
}
WORDS = {
    "river": "插画：澄河两岸的远山和树林倒映在水中",
    "bridge": "插画：斜拉桥横跨澄河，远处是城区",
    "library": "插画：水边的市图书馆，立面排列着细长的立柱",
    "wetland": "插画：澄河湿地的芦苇和水鸟",
    "field": "插画：田垄伸向远处的村庄和山丘",
    "railway": "插画：高速列车驶过山前的高架桥",
    "city": "插画：河岸城区的楼群",
    "mountain": "插画：晨雾里层层叠叠的山岭",
}
# The first word found in the title or the keywords decides what is drawn.
SUBJECTS = (
    ("library", "图书馆 阅读 文化 教育 学校 课 博物馆 档案"),
    ("bridge", "大桥 桥 道路 交通 公交 停车"),
    ("railway", "高铁 铁路 车站 和安站 客运 春运"),
    ("wetland", "湿地 候鸟 水鸟 生态 环境 公园 水质"),
    ("field", "农 粮 村 春耕 麦 种 合作社 田"),
    ("mountain", "山 旅游 徒步 古 森林 云岭 红色 防火"),
    ("city", "夜 城区 供暖 燃气 小区 电梯 高新区 项目 产业 企业 招商 老旧"),
)


def for_article(article: DemoArticle) -> tuple[str, str]:
    """The kind of picture that fits an article, and the words that stand for it."""
    told = article.title + " ".join(article.keywords)
    kind = next((kind for kind, words in SUBJECTS if any(word in told for word in words.split())), "river")
    return kind, WORDS[kind]


def cover(kind: str, seed: int) -> bytes:
    """A picture of ``kind`` as JPEG, 1200 × 675; the season's light is drawn from the seed."""
    moods = {"city": ("dusk", "night", "day"), "field": ("day", "autumn", "dawn"), "mountain": ("dawn", "snow", "autumn", "day")}
    choice = moods.get(kind, ("dawn", "day", "dusk", "autumn"))
    scene = Scene(choice[seed % len(choice)], seed)
    SCENES[kind](scene)
    return scene.finish()
