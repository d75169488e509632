#!/bin/sh
# The native model from a blank machine, on processors alone: about two days on two cores, less on more.
# Every line goes on where it was stopped: run the script again after anything. docs/TRAINING.md explains the figures.
#
#   sh recipes/cpu-weekend.sh [FOLDER]         FOLDER: for data and runs, some 30 GB (default: weekend)
#   THREADS=8 CLIPS=60000 sh recipes/cpu-weekend.sh
set -eu
cd "$(dirname "$0")/.."
OUT=${1:-weekend}
THREADS=${THREADS:-$(getconf _NPROCESSORS_ONLN)}
CLIPS=${CLIPS:-30000}
TOKENIZER_MINUTES=${TOKENIZER_MINUTES:-300}
DRAFTS=${DRAFTS:-20000} # steps, about an hour on two cores
STILLS_MINUTES=${STILLS_MINUTES:-900}
CLIPS_MINUTES=${CLIPS_MINUTES:-900}
LOOKS=${LOOKS:-15000}     # steps, five to six hours on two cores
DECODER_MINUTES=${DECODER_MINUTES:-60}

make setup
ONER=.venv/bin/oner

# data: what is learnt from, what the losses are measured on, and what is never trained on
$ONER worlds render --clips "$CLIPS" --out "$OUT/data" --workers "$THREADS"
$ONER worlds render --clips 512 --out "$OUT/probe" --kind probe --seed 9 --workers "$THREADS"
$ONER worlds render --clips 512 --out "$OUT/held-out" --kind held-out --seed 9 --workers "$THREADS"

# tokenizer: at least 30 dB and 0.92 SSIM on held-out clips
$ONER train tokenizer --data "$OUT/data" --run "$OUT/tokenizer" --steps 1000000 --minutes "$TOKENIZER_MINUTES" \
    --threads "$THREADS" --compile
$ONER train export --run "$OUT/tokenizer" -o "$OUT/tokenizer.safetensors"
$ONER train measure --data "$OUT/held-out" --tokenizer "$OUT/tokenizer.safetensors" --clips 64

# encode once
$ONER train encode --data "$OUT/data" --tokenizer "$OUT/tokenizer.safetensors" --threads "$THREADS"
$ONER train encode --data "$OUT/probe" --tokenizer "$OUT/tokenizer.safetensors" --threads "$THREADS"

# stills first: many small steps; then clips with stills among them, from the stills' weights
model() {
    $ONER train model --data "$OUT/data" --probe "$OUT/probe" --tokenizer "$OUT/tokenizer.safetensors" \
        --threads "$THREADS" --compile --steps 10000000 "$@"
}
model --run "$OUT/stills" --preset base --drafts "$DRAFTS" --minutes "$STILLS_MINUTES"
$ONER train export --run "$OUT/stills" -o "$OUT/stills.safetensors"
model --run "$OUT/clips" --init "$OUT/stills.safetensors" --clips 0.7 --frames 3,5,5,9 --rate 0.0005 \
    --minutes "$CLIPS_MINUTES"
$ONER train export --run "$OUT/clips" -o "$OUT/model.safetensors"

# the decoder again; the encoder, and so all latents, stay. First what it remembers of places and actors, in a process for
# each core; then what it is to make of that and of what the model gives it
OMP_NUM_THREADS=1 .venv/bin/torchrun --standalone --nproc-per-node "$THREADS" -m -- oner train tokenizer \
    --data "$OUT/data" --run "$OUT/looks" --init "$OUT/tokenizer.safetensors" --freeze-encoder \
    --model "$OUT/model.safetensors" --looks "$LOOKS" --steps "$((LOOKS + 1))" --rate 0.003 --latents 30 --samples 700 --threads 1
$ONER train export --run "$OUT/looks" -o "$OUT/looks.safetensors"
$ONER train tokenizer --data "$OUT/data" --run "$OUT/decoder" --init "$OUT/looks.safetensors" --freeze-encoder \
    --model "$OUT/model.safetensors" --adversary 0.6 --latents 7 --rate 0.0015 --steps 1000000 \
    --minutes "$DECODER_MINUTES" --threads "$THREADS"
$ONER train export --run "$OUT/decoder" -o "$OUT/tokenizer.safetensors"

# judge
$ONER evaluate --weights "$OUT/model.safetensors" --json "$OUT/figures.json" --sheet "$OUT/figures.png"
echo "done: $OUT/model.safetensors; oner clip takes it with --engine native and the engine option weights"
