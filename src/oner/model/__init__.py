"""The native video model: tokenizer, text encoder, transformer, flow and sampler. torch only."""
