#!/bin/sh
# The large model (0.29 billion weights) on one machine with several GPUs. Nobody has run this yet on GPUs: its parts
# were run as two processes on processors, and DRY=1 (the default without a GPU) tells what each step would take.
#
#   sh recipes/gpu-node.sh [FOLDER]            with GPUs: renders, trains and exports
#   DRY=1 PRESET=xl sh recipes/gpu-node.sh     tells parameters, memory and steps, and writes nothing
set -eu
cd "$(dirname "$0")/.."
OUT=${1:-node}
PRESET=${PRESET:-large}
GPUS=${GPUS:-$(nvidia-smi -L 2>/dev/null | wc -l | tr -d ' ')}
CLIPS=${CLIPS:-400000}
WORKERS=${WORKERS:-$(getconf _NPROCESSORS_ONLN)}
if [ "$GPUS" -eq 0 ]; then DRY=1; GPUS=8; fi
SHARD=""; if [ "$PRESET" = xl ]; then SHARD=--shard-weights; fi

ONER=${ONER:-.venv/bin/oner}
if [ -n "${DRY:-}" ]; then
    $ONER train presets
    echo "--- stills"
    $ONER train model --dry-run --preset "$PRESET" --data "$OUT/data" --run "$OUT/stills" --pictures 1024 --steps 300000 \
        --precision bf16
    echo "--- clips"
    $ONER train model --dry-run --preset "$PRESET" --data "$OUT/data" --run "$OUT/clips" --pictures 1024 --clips 0.7 \
        --frames 5,9,17 --steps 200000 --precision bf16
    echo "paces are of this machine; each of $GPUS GPUs holds 1/$GPUS of the activations, and all weights unless they are sharded"
    exit 0
fi

make setup
$ONER worlds render --clips "$CLIPS" --out "$OUT/data" --workers "$WORKERS"
$ONER worlds render --clips 2048 --out "$OUT/probe" --kind probe --seed 9 --workers "$WORKERS"

TORCHRUN=".venv/bin/torchrun --standalone --nproc-per-node $GPUS -m -- oner"
$TORCHRUN train tokenizer --preset "$PRESET" --data "$OUT/data" --run "$OUT/tokenizer" --steps 100000 --compile
$ONER train export --run "$OUT/tokenizer" -o "$OUT/tokenizer.safetensors"

model() {
    $TORCHRUN train model --data "$OUT/data" --probe "$OUT/probe" --tokenizer "$OUT/tokenizer.safetensors" \
        --pictures 1024 --rate 0.0003 --compile $SHARD "$@"
}
model --preset "$PRESET" --run "$OUT/stills" --steps 300000
$ONER train export --run "$OUT/stills" -o "$OUT/stills.safetensors"
model --run "$OUT/clips" --init "$OUT/stills.safetensors" --clips 0.7 --frames 5,9,17 --steps 200000
$ONER train export --run "$OUT/clips" -o "$OUT/model.safetensors"
$ONER evaluate --weights "$OUT/model.safetensors" --json "$OUT/figures.json" --sheet "$OUT/figures.png"
