from oner.training.shards import read_shards


def test_render_writes_shards_and_goes_on(oner, tmp_path):
    """Two samples become one shard; the same command again has nothing to do."""
    arguments = ("worlds", "render", "--clips", 2, "--out", tmp_path / "data", "--seed", 4, "--workers", 1)
    ran = oner(*arguments)
    assert (ran.code, ran.out) == (0, f"2 samples rendered into {tmp_path / 'data'}\n")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["train-00000.tar"]
    assert len(list(read_shards(tmp_path / "data"))) == 2
    assert oner(*arguments).out.startswith("0 samples")


def test_unknown_kinds_are_refused(oner, tmp_path):
    """Only train, held-out and probe are there."""
    ran = oner("worlds", "render", "--clips", 2, "--out", tmp_path, "--kind", "test")
    assert ran.code == 2
    assert "held-out" in ran.err
