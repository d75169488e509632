"""Pipelines of the real classes with a few thousand random weights each, saved as `diffusers` saves them.

Nothing is downloaded: tokenizers are made of bytes (ByT5) or of a vocabulary written here. `save(kind, folder)` makes
one of `KINDS`; it takes about a second, most of it imports.
"""

import string
from pathlib import Path

WIDTH = 16  # of the text encoders


def save(kind: str, folder: Path) -> Path:
    """Build a pipeline and save it. The same kind gives the same weights."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(5)
    pipeline = KINDS[kind]()
    for component in pipeline.components.values():
        if isinstance(component, torch.nn.Module):
            component.eval()
    with torch.no_grad():  # freshly made transformers hardly listen to their prompt
        for weights in pipeline.transformer.parameters():
            if weights.ndim == 2:
                weights *= 3
        for weights in _last_layer(pipeline.vae).parameters():  # some paint in colours too loud for any encoder
            weights *= LOUDNESS.get(kind, 1.0)
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def wan_text():
    from diffusers import WanPipeline

    return WanPipeline(transformer=_wan_transformer(16), **_wan_parts())


def wan_image(pictures: int = 1):
    from diffusers import WanImageToVideoPipeline
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    sees = CLIPVisionConfig(
        hidden_size=8, projection_dim=8, num_hidden_layers=1, num_attention_heads=2, image_size=16,
        intermediate_size=8, patch_size=4,
    )  # fmt: skip
    return WanImageToVideoPipeline(
        transformer=_wan_transformer(36, image_dim=8, pos_embed_seq_len=None if pictures == 1 else pictures * 17),
        image_encoder=CLIPVisionModelWithProjection(sees),
        image_processor=CLIPImageProcessor(crop_size=16, size=16),
        **_wan_parts(),
    )


def wan_first_last():
    return wan_image(pictures=2)


def wan_vace():
    from diffusers import WanVACEPipeline, WanVACETransformer3DModel

    transformer = WanVACETransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, text_dim=WIDTH, ffn_dim=16, num_layers=2, rope_max_seq_len=64,
        vace_layers=[0], vace_in_channels=96,
    )  # fmt: skip
    return WanVACEPipeline(transformer=transformer, **_wan_parts())


def ltx():
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXConditionPipeline,
        LTXVideoTransformer3DModel,
    )
    from transformers import ByT5Tokenizer, T5EncoderModel

    vae = AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, True, False), decoder_spatio_temporal_scaling=(True, True, True, False),
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4, upsample_factor=(1,) * 4,
        timestep_conditioning=False, patch_size=4, patch_size_t=1,
    )  # fmt: skip
    transformer = LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
        num_layers=1, caption_channels=WIDTH,
    )  # fmt: skip
    return LTXConditionPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae,
        text_encoder=T5EncoderModel(_t5()),
        tokenizer=ByT5Tokenizer(),
        transformer=transformer,
    )


def ltx2():
    from diffusers import (
        AutoencoderKLLTX2Audio,
        AutoencoderKLLTX2Video,
        FlowMatchEulerDiscreteScheduler,
        LTX2Pipeline,
        LTX2VideoTransformer3DModel,
    )
    from diffusers.pipelines.ltx2 import LTX2TextConnectors
    from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder
    from transformers import ByT5Tokenizer, Gemma3Config, Gemma3ForConditionalGeneration

    reads = Gemma3Config(
        text_config={
            "vocab_size": 400, "hidden_size": WIDTH, "intermediate_size": 16, "num_hidden_layers": 1, "head_dim": 8,
            "num_attention_heads": 2, "num_key_value_heads": 1, "layer_types": ["full_attention"],
        },
        vision_config={
            "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
            "image_size": 28, "patch_size": 14,
        },
        mm_tokens_per_image=4, image_token_index=399, boi_token_index=398, eoi_token_index=397,
    )  # fmt: skip
    transformer = LTX2VideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
        audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=4,
        audio_cross_attention_dim=8, num_layers=1, caption_channels=WIDTH, rope_double_precision=False,
        rope_type="split", vae_scale_factors=(8, 32, 32),
    )  # fmt: skip
    connectors = LTX2TextConnectors(
        caption_channels=WIDTH, text_proj_in_factor=2, video_connector_num_attention_heads=2,
        video_connector_attention_head_dim=8, video_connector_num_layers=1,
        video_connector_num_learnable_registers=None, audio_connector_num_attention_heads=2,
        audio_connector_attention_head_dim=8, audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None, connector_rope_base_seq_len=32, rope_theta=10000.0,
        rope_double_precision=False, causal_temporal_positioning=False, rope_type="split",
    )  # fmt: skip
    vae = AutoencoderKLLTX2Video(
        latent_channels=4, block_out_channels=(8,), decoder_block_out_channels=(8,), layers_per_block=(1,),
        decoder_layers_per_block=(1, 1), spatio_temporal_scaling=(True,), decoder_spatio_temporal_scaling=(True,),
        decoder_inject_noise=(False, False), downsample_type=("spatiotemporal",), upsample_residual=(False,),
        upsample_factor=(1,), timestep_conditioning=False, patch_size=4, patch_size_t=1,
    )  # fmt: skip
    sound = AutoencoderKLLTX2Audio(
        base_channels=4, output_channels=2, ch_mult=(1,), num_res_blocks=1, attn_resolutions=None, in_channels=2,
        resolution=32, latent_channels=2, norm_type="pixel", causality_axis="height", mid_block_add_attention=False,
        sample_rate=16000, mel_hop_length=160, is_causal=True, mel_bins=8,
    )  # fmt: skip
    vocoder = LTX2Vocoder(
        in_channels=16, hidden_channels=8, out_channels=2, upsample_kernel_sizes=[4, 4], upsample_factors=[2, 2],
        resnet_kernel_sizes=[3], resnet_dilations=[[1]], leaky_relu_negative_slope=0.1, output_sampling_rate=16000,
    )  # fmt: skip
    return LTX2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae,
        audio_vae=sound,
        text_encoder=Gemma3ForConditionalGeneration(reads),
        tokenizer=ByT5Tokenizer(),
        connectors=connectors,
        transformer=transformer,
        vocoder=vocoder,
    )


def cogvideox():
    from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXPipeline, CogVideoXTransformer3DModel
    from transformers import ByT5Tokenizer, T5EncoderModel

    vae = AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(8, 8, 8, 8), latent_channels=4, layers_per_block=1, norm_num_groups=2,
    )  # fmt: skip
    transformer = CogVideoXTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=4, out_channels=4, time_embed_dim=4,
        text_embed_dim=WIDTH, num_layers=1, sample_width=8, sample_height=8, sample_frames=9, max_text_seq_length=226,
        use_rotary_positional_embeddings=True,
    )  # fmt: skip
    return CogVideoXPipeline(
        tokenizer=ByT5Tokenizer(),
        text_encoder=T5EncoderModel(_t5()),
        vae=vae,
        transformer=transformer,
        scheduler=CogVideoXDDIMScheduler(),
    )


def hunyuan():
    from diffusers import (
        AutoencoderKLHunyuanVideo,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideoPipeline,
        HunyuanVideoTransformer3DModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, LlamaConfig, LlamaModel

    sizes = {"hidden_size": WIDTH, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 3}
    words = _wordpiece()
    vae = AutoencoderKLHunyuanVideo(
        latent_channels=4, down_block_types=("HunyuanVideoDownBlock3D",) * 4,
        up_block_types=("HunyuanVideoUpBlock3D",) * 4, block_out_channels=(8, 8, 8, 8), layers_per_block=1,
        norm_num_groups=4, mid_block_add_attention=False,
    )  # fmt: skip
    transformer = HunyuanVideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=1,
        num_single_layers=1, num_refiner_layers=1, patch_size=1, guidance_embeds=True, text_embed_dim=WIDTH,
        pooled_projection_dim=WIDTH, rope_axes_dim=(2, 4, 4),
    )  # fmt: skip
    return HunyuanVideoPipeline(
        text_encoder=LlamaModel(LlamaConfig(vocab_size=len(words), num_key_value_heads=2, **sizes)),
        tokenizer=words,
        transformer=transformer,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=CLIPTextModel(
            CLIPTextConfig(vocab_size=len(words), projection_dim=WIDTH, bos_token_id=1, eos_token_id=2, **sizes)
        ),
        tokenizer_2=_wordpiece(),
    )


KINDS = {
    "wan-text": wan_text,
    "wan-image": wan_image,
    "wan-first-last": wan_first_last,
    "wan-vace": wan_vace,
    "ltx": ltx,
    "ltx-2": ltx2,
    "cogvideox": cogvideox,
    "hunyuan": hunyuan,
}


LOUDNESS = {"ltx-2": 0.5, "cogvideox": 0.2}


def _last_layer(vae):
    import torch

    out = getattr(vae.decoder, "conv_out", None)
    return out if isinstance(out, torch.nn.Module) else torch.nn.Module()


def _wan_parts() -> dict:
    from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler
    from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

    return {
        "vae": AutoencoderKLWan(
            base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0),
        "text_encoder": UMT5EncoderModel(UMT5Config(**_t5_sizes())),
        "tokenizer": ByT5Tokenizer(),
    }


def _wan_transformer(channels: int, **more):
    from diffusers import WanTransformer3DModel

    return WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=channels, out_channels=16, text_dim=WIDTH,
        ffn_dim=16, num_layers=1, rope_max_seq_len=64, **more,
    )  # fmt: skip


def _t5():
    from transformers import T5Config

    return T5Config(**_t5_sizes())


def _t5_sizes() -> dict:
    return {"vocab_size": 384, "d_model": WIDTH, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}


def _wordpiece():
    """A tokenizer of whole template words and single letters, so that a chat template stays short."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "<bos>", "<eos>", "<unk>"]
    letters = [*string.ascii_lowercase, *string.ascii_uppercase, *string.digits, *string.punctuation]
    names = [*marks, *letters, *(f"##{letter}" for letter in letters)]
    model = models.WordPiece({name: number for number, name in enumerate(names)}, unk_token="<unk>")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", 1), ("<eos>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>",
        model_max_length=77,
    )  # fmt: skip
