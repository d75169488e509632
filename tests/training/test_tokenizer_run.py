import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from oner.errors import InputError
from oner.model.blocking import MOVES, cast_words
from oner.model.checkpoint import load_tokenizer, save_model, tiny_native
from oner.model.fine_blocking import DOT, LOOK, Told, crisp
from oner.model.retouch import KINDS
from oner.model.weights_file import read_weights_file
from oner.training.adversary import (
    ALONE,
    GRAIN,
    LIKENESS,
    PIECES,
    Duel,
    Piece,
    apart,
    contrasts,
    cut,
    otherwise,
    pieces_of,
    told_of,
)  # fmt: skip
from oner.training.exporting import export_run
from oner.training.looks import CLOSER, OFFERED, guessed, places_to_learn
from oner.training.pool import Drawn, Pool
from oner.training.processes import Processes
from oner.training.run import Run
from oner.training.tokenizer_measure import align, measure, psnr, settle_contrast, ssim
from oner.training.tokenizer_run import (
    WALK,
    Foresight,
    TokenizerRun,
    follow,
    motion,
    seams,
    small,
    train_tokenizer,
)  # fmt: skip

PLACES = [Piece(0, 1, 2, 0, 16, 32), Piece(1, 0, 1, 0, 0, 32)]
SOME = {"preset": "tiny", "steps": 6, "frames": 6, "samples": 8, "every": 2, "log": 1}


def saved(path, model, latents: str) -> None:
    """Write a model's file that says it was taught on such latents."""
    parts = {"text": model.text, "transformer": model.transformer}
    tensors = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
    save_model(path, tensors, model.config, model.vocabulary, latents)


def losses(data, folder, **changes) -> list[float]:
    train_tokenizer(TokenizerRun(data, folder, **{**SOME, **changes}), lambda words: None)
    return [line["loss"] for line in Run(folder).metrics()]


@pytest.fixture(scope="module")
def whole(tiny_shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return folder, losses(tiny_shards, folder)


def test_a_run_goes_on_to_the_same_losses(tiny_shards, whole, tmp_path):
    """The pool holds the same samples again, and the weights are the same to the bit."""
    assert len(losses(tiny_shards, tmp_path, steps=5)) == 5
    assert losses(tiny_shards, tmp_path) == whole[1]


def test_a_finished_run_is_left_alone(tiny_shards, whole):
    """The same command again takes no further step."""
    assert losses(tiny_shards, whole[0]) == whole[1]


def test_export_and_measure(whole, tiny_shards, tmp_path):
    """The exported tokenizer is better than none, and its latents have deviations of about one."""
    out = tmp_path / "tokenizer.safetensors"
    export_run(whole[0], out)
    tokenizer = load_tokenizer(out)
    found = measure(tokenizer, tiny_shards, clips=2, length=9)
    assert found.psnr > 15
    assert found.linear > 15
    with pytest.raises(InputError, match=r"written as \.safetensors"):
        export_run(whole[0], tmp_path / "tokenizer.pt")
    with pytest.raises(InputError, match="no checkpoint there"):
        export_run(tmp_path, out)


def test_what_is_guessed_gets_the_contrast_of_renders(tiny_shards):
    """Look by look: shown pictures that are by so much crisper than its own, it finds by how much."""
    pool, tokenizer = Pool(tiny_shards, 8), tiny_native(3).tokenizer
    look, (red, night) = tokenizer.decoder.look, map(tokenizer.vocabulary.id_of, ("red", "night"))
    look.paint.weight.mul_(0.05)  # within -1..1
    wanted = torch.zeros(len(look.contrast))
    wanted[red], wanted[night] = 0.4, 1.2

    class Crisper:
        """A pool whose pictures are what the decoder guesses, but crisper."""

        def draw(self, length: int, count: int) -> Drawn:
            drawn, unsaid = pool.draw(length, count), [""] * LOOK
            casts = [[[*unsaid, ("red", "night")[number % 2]]] for number in range(count)]
            words, sides = cast_words(tokenizer.vocabulary, casts), drawn.video.shape[2:4]
            plain = look(drawn.blocking[:, 0, 0], words, drawn.known, *(side // DOT for side in sides)).guess
            made = F.interpolate(crisp(F.avg_pool2d(plain, DOT), wanted[words[:, 0, LOOK]]), scale_factor=DOT)
            return replace(drawn, video=made.movedim(1, -1)[:, None], known=drawn.known | True, casts=casts)

    settle_contrast(tokenizer, Crisper(), 24)
    assert look.contrast[red] == pytest.approx(0.4, abs=0.1)
    assert look.contrast[night] == pytest.approx(1.2, abs=0.1)
    assert 0.4 < look.contrast[tokenizer.vocabulary.id_of("forest")] < 1.2


def test_four_equal_pictures_have_nearly_the_latents_of_one(tiny_shards):
    """The turn keeps all lengths and undoes a difference that is a turn; pictures come back as they did before."""
    pool, tokenizer = Pool(tiny_shards, 8), tiny_native(3).tokenizer
    held = small(pool.batch(1, 4)).expand(-1, 5, -1, -1, -1)

    def apart() -> float:
        both = tokenizer.encode(held)
        return float((both[:, 0] - both[:, 1]).flatten(0, -2).var(0).sum() / both[:, 1].flatten(0, -2).var(0).sum())

    before, pictures = apart(), tokenizer.decode(tokenizer.encode(held))
    align(tokenizer, pool, batches=20)
    assert apart() < 0.8 * before
    assert torch.allclose(tokenizer.turn @ tokenizer.turn.T, torch.eye(len(tokenizer.turn)), atol=1e-4)
    assert torch.allclose(tokenizer.decode(tokenizer.encode(held)), pictures, atol=1e-3)


def test_the_deviation_is_followed_over_all_processes():
    """Mean and deviation move towards those of the batch."""
    model = tiny_native().tokenizer
    raw = torch.randn(2, 3, 4, 4, model.config.channels) * 3 + 5
    for _ in range(200):
        follow(model, raw, Processes())
    assert torch.allclose(model.mean, raw.flatten(0, -2).mean(0), atol=0.02)
    assert torch.allclose(model.std, raw.flatten(0, -2).std(0), rtol=0.02)


def test_small_is_the_mean_of_four():
    """The encoder's picture is the exact mean of two by two pixels."""
    video = torch.randn(1, 1, 4, 6, 3)
    assert torch.allclose(small(video)[0, 0, 1, 2], video[0, 0, 2:4, 4:6].mean((0, 1)), atol=1e-6)


def test_figures_of_known_pictures():
    """PSNR of a known error; SSIM is one only for equal pictures."""
    picture = torch.rand(2, 32, 32, 3) * 2 - 1
    assert psnr(picture, picture + 0.2) == pytest.approx(-10 * np.log10(0.04 / 4), abs=0.01)
    assert ssim(picture, picture) == pytest.approx(1)
    assert ssim(picture, picture.flip(1)) < 0.5


def test_no_data_is_told(tmp_path):
    """The message names the command that makes some."""
    with pytest.raises(InputError, match="oner worlds render --out"):
        train_tokenizer(TokenizerRun(tmp_path, tmp_path / "run", preset="tiny"), print)


def test_motion_is_where_pictures_were_before_their_group():
    """A picture that slides by two pixels a frame: the move grows within a group and begins anew in the next."""
    wide = torch.nn.functional.avg_pool2d(
        torch.randn(1, 3, 70, 160, generator=torch.Generator().manual_seed(0)), 7, 1, 3
    )
    wide = (wide / wide.std() / 2).clamp(-1, 1).movedim(1, -1)
    video = torch.stack([wide[0, :64, 2 * t : 2 * t + 96] for t in range(9)])[None]
    moves, trust = motion(video)
    assert moves.shape == (1, 2, 4, 2, 16, 24)
    assert trust.shape == (1, 2, 4, 1, 16, 24)
    inside = (moves[0, :, :, :, 4:-4, 4:-8] * 16).mean((-2, -1))
    for group in range(2):
        assert torch.allclose(inside[group, :, 0], torch.tensor([2.0, 4.0, 6.0, 8.0]), atol=0.5)
        assert inside[group, :, 1].abs().max() < 0.5
    assert trust.max() <= 1
    assert trust[..., 4:-4, 4:-8].mean() > 0.6


def test_a_frozen_encoder_keeps_its_latents(whole, tiny_shards, tmp_path):
    """Only the decoder learns: another file, whose latents are those of the first; and the run goes on as usual."""
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    export_run(whole[0], first)
    some = {"init": first, "frozen": True}
    found = losses(tiny_shards, tmp_path / "run", **some)
    assert losses(tiny_shards, tmp_path / "cut", steps=3, **some) == found[:3]
    assert losses(tiny_shards, tmp_path / "cut", **some) == found
    export_run(tmp_path / "run", second)
    before, after = read_weights_file(first), read_weights_file(second)
    assert before.latents == after.latents
    assert before.digest != after.digest
    video = torch.rand(1, 5, 32, 32, 3)
    assert torch.equal(load_tokenizer(first).encode(video), load_tokenizer(second).encode(video))
    with pytest.raises(InputError, match="begun without training its encoder"):
        losses(tiny_shards, tmp_path / "run", init=first)
    with pytest.raises(InputError, match="needs --init"):
        losses(tiny_shards, tmp_path / "other", frozen=True)
    with pytest.raises(InputError, match="name its preset"):
        losses(tiny_shards, tmp_path / "base", preset="base", init=first)


def test_a_decoder_learns_from_what_a_model_foresees(tiny_shards, tiny_tokenizer, tmp_path):
    """It learns, the encoder stays; without a frozen encoder, or from another tokenizer's model, it is refused."""
    model = tiny_native(3)
    file, foreign = tmp_path / "model.safetensors", tmp_path / "foreign.safetensors"
    saved(file, model, read_weights_file(tiny_tokenizer).latents)
    saved(foreign, model, "0" * 64)
    options = {"init": tiny_tokenizer, "frozen": True, "model": file}
    plain, foreseen = (losses(tiny_shards, tmp_path / name, **options | {"model": given})
                       for name, given in (("plain", None), ("foreseen", file)))  # fmt: skip
    assert plain != foreseen
    export_run(tmp_path / "foreseen", out := tmp_path / "taught.safetensors")
    assert read_weights_file(out).latents == read_weights_file(tiny_tokenizer).latents
    with pytest.raises(InputError, match="--model needs --freeze-encoder"):
        losses(tiny_shards, tmp_path / "loose", **options | {"frozen": False})
    with pytest.raises(InputError, match="its tokenizer 000000 is neither"):
        losses(tiny_shards, tmp_path / "foreign", **options | {"model": foreign})


def test_what_a_model_foresees_is_a_blurred_clip(tiny_shards, tiny_tokenizer, tmp_path):
    """Of an untaught model: the best linear guess, which lies between the latents and their mean."""
    model = tiny_native(3)
    with torch.no_grad():
        model.transformer.write.weight.zero_()
        model.transformer.sketch.write.weight.zero_()
    file = tmp_path / "model.safetensors"
    saved(file, model, read_weights_file(tiny_tokenizer).latents)
    tokenizer = load_tokenizer(tiny_tokenizer)
    drawn = Pool(tiny_shards, 8).draw(9, 2)
    latents = tokenizer.encode(small(drawn.video))
    foresight = Foresight(file, tiny_tokenizer, torch.device("cpu"))

    def share(walk: tuple[float, ...] | None) -> torch.Tensor:
        foreseen = foresight(
            tokenizer, small(drawn.video), torch.zeros_like(latents), np.random.default_rng(1), drawn.blocking,
            torch.zeros(2, dtype=torch.bool), drawn.texts, drawn.casts, walk,
        )  # fmt: skip
        assert foreseen.same == (walk is not WALK)
        return tokenizer.normal(foreseen.latents) / latents

    found = share((0.5, 0.0))
    assert 0.3 < found.median() < 1
    assert found.std() < 0.01
    assert share(WALK).median() < found.median()


def test_a_decoder_is_told_how_the_camera_moves(tiny_shards, tiny_tokenizer, tmp_path):
    """It learns to listen, and what the model foresees depends on the blocking, too."""
    losses(tiny_shards, tmp_path / "run", init=tiny_tokenizer, frozen=True, precision="bf16")
    export_run(tmp_path / "run", out := tmp_path / "taught.safetensors")
    assert load_tokenizer(out).decoder.from_moves.weight.any()
    file, model = tmp_path / "model.safetensors", tiny_native(3)
    saved(file, model, read_weights_file(tiny_tokenizer).latents)
    drawn = Pool(tiny_shards, 8).draw(9, 2)
    tokenizer, foresight = load_tokenizer(tiny_tokenizer), Foresight(file, tiny_tokenizer, torch.device("cpu"))
    noise = torch.randn(tokenizer.encode(small(drawn.video)).shape)
    told, untold = (
        foresight(
            tokenizer, small(drawn.video), noise, np.random.default_rng(1), drawn.blocking,
            torch.full((2,), known), drawn.texts, drawn.casts, (0.5, 0.0),
        ).latents
        for known in (True, False)
    )  # fmt: skip
    assert not torch.allclose(told, untold, atol=1e-3)


def test_likeness_is_of_places_or_of_textures():
    """Of one scene every place counts; of two only what places have in common: a texture may be moved, not changed."""
    seen = [
        torch.rand(2, 5, 64 >> level, 64 >> level, generator=torch.Generator().manual_seed(level)) for level in (0, 1)
    ]
    moved, paler = [part.roll((3, 5), (2, 3)) for part in seen], [part / 2 for part in seen]
    assert otherwise(seen, seen, True) == otherwise(seen, seen, False) == 0
    assert otherwise(moved, seen, True) > 0.5
    assert otherwise(moved, seen, False) < 0.1
    assert otherwise(paler, seen, False) == pytest.approx(0.5, abs=1e-3)


def test_places_near_limbs_are_learned_more_often_and_count_as_much():
    """Means over what is drawn are those of the pictures, and of places near limbs there are several times as many."""
    generator = torch.Generator().manual_seed(1)
    places = torch.rand(8, 400, generator=generator)
    close = torch.zeros(8, 400, dtype=torch.bool)
    close[2, :40], close[5, 100:104] = True, True
    means, drawn_there = [], []
    for _ in range(1000):
        offered = torch.randint(400, (8, 40 * OFFERED), generator=generator)
        which, only, counts = places_to_learn(offered, close.gather(1, offered), generator)
        assert counts.shape == only.shape == (8 + math.ceil(CLOSER * 8), 40)
        assert float(counts.sum()) == pytest.approx(1)
        there = close[which[:, None], only]
        assert there[8:].all()
        drawn_there.append(float(there.float().mean()))
        means.append(torch.stack([(part[which[:, None], only] * counts).sum() for part in (places, places * close)]))
    found = torch.stack(means).mean(0)
    assert found.tolist() == pytest.approx([float(places.mean()), float((places * close).mean())], rel=0.06)
    assert np.mean(drawn_there) > 10 * float(close.float().mean())


def test_without_limbs_all_places_count_alike():
    offered = torch.randint(100, (3, 8 * OFFERED))
    which, only, counts = places_to_learn(offered, torch.zeros_like(offered, dtype=torch.bool), torch.Generator())
    assert torch.equal(which, torch.arange(3))
    assert torch.equal(only, offered[:, :8])
    assert counts.unique().tolist() == pytest.approx([1 / 24])


def test_what_places_look_at_is_learned_first_and_alone(tiny_shards, tiny_tokenizer, tmp_path, monkeypatch):
    """It learns to guess pictures from what is told; the rest of the decoder waits, and then goes on."""
    monkeypatch.setattr("oner.training.tokenizer_run.PLACES", 0.25)  # pictures are tiny here
    file = tmp_path / "model.safetensors"
    saved(file, tiny_native(3), read_weights_file(tiny_tokenizer).latents)
    options = {"init": tiny_tokenizer, "frozen": True, "model": file, "looks": 80, "rate": 0.03}
    found = losses(tiny_shards, tmp_path / "run", **options, steps=80)
    assert np.mean(found[-5:]) < 0.9 * np.mean(found[:5])
    export_run(tmp_path / "run", out := tmp_path / "looks.safetensors")
    taught, before = load_tokenizer(out), load_tokenizer(tiny_tokenizer)
    assert taught.vocabulary.words == tiny_native(3).vocabulary.words
    changed = {name.split(".")[1] for name, value in taught.state_dict().items()
               if name.startswith("decoder.") and not torch.equal(value, before.state_dict()[name])}  # fmt: skip
    assert changed == {"look"}
    drawn = Pool(tiny_shards, 8).draw(1, 16)
    told = Told.of(drawn.blocking, *(side // 32 for side in drawn.video.shape[2:4]))
    made, guess = (guessed(tokenizer, told, drawn.video.shape) for tokenizer in (taught, before))
    assert made.shape == drawn.video.shape
    assert (made - drawn.video).abs().mean() < 0.95 * (guess - drawn.video).abs().mean()
    assert len(losses(tiny_shards, tmp_path / "run", **options, steps=84)) == 84
    export_run(tmp_path / "run", out)
    assert not torch.equal(load_tokenizer(out).decoder.retouch.write.weight, before.decoder.retouch.write.weight)


def test_seams_are_seen_where_they_are():
    """Tiles have them, at their edges only; a ramp has none, and grain hardly any."""
    rng = torch.Generator().manual_seed(0)
    tiles = torch.rand(1, 2, 5, 9, 3, generator=rng).repeat_interleave(32, 2).repeat_interleave(32, 3)
    ramp = torch.linspace(-1, 1, 288)[None, None, None, :, None].expand(1, 2, 160, 288, 3)
    grain = torch.rand(1, 2, 160, 288, 3, generator=rng)
    assert seams(tiles, 32) > 0.1
    assert seams(tiles.roll((7, 9), (2, 3)), 32) < 0.01
    assert seams(ramp, 32) < 1e-6
    assert seams(grain, 32) < 0.01


def sharp_and_blurred(rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    sharp = torch.rand(2, 5, 32, 64, 3, generator=rng).round() * 2 - 1
    made = torch.nn.functional.avg_pool2d(sharp.movedim(-1, 2).flatten(0, 1), 3, 1, 1).unflatten(0, (2, 5))
    return sharp, made.movedim(2, -1).requires_grad_()


def test_an_adversary_tells_blurred_pictures_from_sharp_ones():
    """It learns to; then its advice to the pictures is as strong as was asked for, and makes them sharper."""
    rng, words = torch.Generator().manual_seed(0), torch.zeros(2, 8)
    duel = Duel(0.5, torch.float32, torch.device("cpu"), 0, 8)
    for _ in range(ALONE + 1):
        sharp, made = sharp_and_blurred(rng)
        loss = (made - sharp).abs().mean()
        advice = duel(made, sharp, loss, None, words, True)
    assert duel.told > 0.95
    of_loss, of_advice = (torch.autograd.grad(part, made, retain_graph=True)[0] for part in (loss, advice))
    assert 0.3 < of_advice.norm() / of_loss.norm() < 0.5 * (1 + GRAIN + LIKENESS)

    def trusted(pictures: torch.Tensor) -> torch.Tensor:
        said = told_of(PLACES, None, made.shape), torch.zeros(len(PLACES), 8)
        return torch.stack([score.mean() for score in duel.network(cut(pictures, PLACES), *said)[0]]).mean()

    assert trusted(made - 2.0 * of_advice / of_advice.norm()) > trusted(made)
    # Where made and rendered show different scenes, advice is as strong as it was where they were the same.
    sharp, made = sharp_and_blurred(rng)
    advice = duel(made, sharp, (made.mean() * 1e-6), None, words, False)
    assert torch.autograd.grad(advice, made)[0].norm() == pytest.approx(float(of_advice.norm()), rel=0.1)


def test_an_adversary_is_told_what_should_be_seen():
    """Pictures that are right for one word and wrong for the other: only who hears the words can tell."""
    rng, duel = torch.Generator().manual_seed(0), Duel(0.5, torch.float32, torch.device("cpu"), 0, 8)
    words = torch.zeros(2, 8)
    words[0, 0], words[1, 1] = 1, 1
    bright = torch.tensor([1.0, -1.0])[:, None, None, None, None]
    for _ in range(ALONE):
        noise = 0.1 * torch.randn(2, 5, 32, 64, 3, generator=rng)
        duel((noise - bright).requires_grad_(), noise + bright, noise.mean(), None, words, True)
    assert duel.told > 0.7  # of three scores one hears no words: 0.5


def test_an_adversary_hears_the_moves_of_its_pieces():
    moves = torch.arange(3 * 10.0).reshape(1, 3, 10, 1).expand(1, 3, 10, MOVES)
    places = [Piece(0, 0, 0, 0, 0, 32), Piece(0, 4, 5, 32, 64, 32), Piece(0, 7, 8, 20, 20, 32)]
    told = told_of(places, moves, torch.Size((1, 9, 64, 160, 3)))
    assert told.shape == (3, 4, 4, MOVES + KINDS)
    assert (told[0, ..., 0] == 0).all()  # latent frame 0, the first latent pixel
    assert (told[1, ..., 0] == 20 + 7).all()  # frame 2, second row, third column
    assert told[2, 0, 0, 0] == 20
    assert told[2, 3, 3, 0] == 20 + 6
    assert told[..., MOVES:].sum(-1).eq(1).all()
    assert [int(row[0, 0, MOVES:].argmax()) for row in told] == [0, 1, 4]


def test_missing_detail_and_missing_movement_are_found():
    """Whatever the detail is; noise that does not move is as wrong as blur that does."""
    sharp = torch.rand(4, 3, 64, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    moving = torch.cat([sharp, sharp.roll(3, -1)], 1)
    other = torch.cat([sharp.flip(-1), sharp.flip(-1).roll(-3, -2)], 1)
    still = torch.cat([sharp, sharp], 1)
    blurred = torch.nn.functional.avg_pool2d(moving, 3, 1, 1)
    assert apart(moving, moving) == 0
    assert apart(other, moving) < 0.1
    assert min(apart(still, moving), apart(blurred, moving)) > 0.5
    fine, *coarse = ((a / b).mean() for a, b in zip(contrasts(blurred), contrasts(moving), strict=True))
    assert fine < min(coarse)


def test_a_duel_goes_on_where_it_was(tiny_shards, tiny_tokenizer, tmp_path, monkeypatch):
    """Both networks come back, so a run that was cut short takes the steps of one that was not.

    What paints patches is left as it was: taught by an adversary it draws dots at fixed places.
    """
    monkeypatch.setattr("oner.training.adversary.ALONE", 1)
    options = {"init": tiny_tokenizer, "frozen": True, "adversary": 0.5, "precision": "bf16"}
    whole = losses(tiny_shards, tmp_path / "whole", **options)
    assert losses(tiny_shards, tmp_path / "cut", steps=3, **options) == whole[:3]
    assert losses(tiny_shards, tmp_path / "cut", **options) == whole
    assert losses(tiny_shards, tmp_path / "alone", **options | {"adversary": 0.0}) != whole
    before, after = load_tokenizer(tiny_tokenizer).state_dict(), {}
    for name in ("whole", "alone"):
        export_run(tmp_path / name, out := tmp_path / f"{name}.safetensors")
        after[name] = load_tokenizer(out).state_dict()
    painter = "decoder.paint_group.weight"
    assert torch.equal(after["whole"][painter], before[painter])
    assert not torch.equal(after["alone"][painter], before[painter])
    assert not torch.equal(after["whole"]["decoder.move.bias"], before["decoder.move.bias"])  # in half precision


def test_pieces_lie_inside():
    """Also of stills, and of pictures smaller than a piece."""
    for shape in ((3, 1, 160, 288, 3), (2, 9, 288, 160, 3), (1, 2, 64, 96, 3)):
        video = torch.rand(shape)
        pieces = cut(video, pieces_of(torch.Size(shape), np.random.default_rng(3)))
        side = min(128, shape[2] // 32 * 32)
        assert pieces.shape == (PIECES, 6, side, side)
        assert torch.equal(pieces[:, :3], pieces[:, 3:]) == (shape[1] == 1)
