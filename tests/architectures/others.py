"""Sequence to sequence, pictures, sound, and several kinds at once."""

from __future__ import annotations

import torch
from architectures.sizes import (
    ENCODER_DECODER,
    PLAIN,
    T5,
    VISION,
    VOCABULARY,
    WAVE,
    heard,
    ids,
    masked,
    pictured,
    translated,
)
from architectures.sizes import Architecture as A

OTHERS = (
    # Sequence to sequence.
    A("T5ForConditionalGeneration", "T5Config", translated, T5),
    A("MT5ForConditionalGeneration", "MT5Config", translated, T5),
    A("UMT5ForConditionalGeneration", "UMT5Config", translated, T5),
    A("LongT5ForConditionalGeneration", "LongT5Config", translated, T5),
    A(
        "SwitchTransformersForConditionalGeneration",
        "SwitchTransformersConfig",
        translated,
        T5 | {"num_experts": 4, "num_sparse_encoder_layers": 1, "num_sparse_decoder_layers": 1},
    ),
    A("BartForConditionalGeneration", "BartConfig", translated, ENCODER_DECODER),
    A(
        "BartForSequenceClassification",
        "BartConfig",
        lambda: {
            "input_ids": torch.cat([ids(9), torch.full((2, 1), 2)], 1),
            "labels": torch.tensor([0, 1]),
        },
        ENCODER_DECODER,
    ),
    A("MBartForConditionalGeneration", "MBartConfig", translated, ENCODER_DECODER),
    A("PegasusForConditionalGeneration", "PegasusConfig", translated, ENCODER_DECODER),
    A("MarianMTModel", "MarianConfig", translated, ENCODER_DECODER),
    A("M2M100ForConditionalGeneration", "M2M100Config", translated, ENCODER_DECODER),
    A(
        "BlenderbotSmallForConditionalGeneration",
        "BlenderbotSmallConfig",
        translated,
        ENCODER_DECODER,
    ),
    A(
        "LEDForConditionalGeneration",
        "LEDConfig",
        translated,
        ENCODER_DECODER
        | {
            "attention_window": 4,
            "max_encoder_position_embeddings": 64,
            "max_decoder_position_embeddings": 64,
        },
    ),
    A(
        "ProphetNetForConditionalGeneration",
        "ProphetNetConfig",
        translated,
        {
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "encoder_ffn_dim": 48,
            "decoder_ffn_dim": 48,
            "num_encoder_layers": 2,
            "num_decoder_layers": 2,
            "num_encoder_attention_heads": 4,
            "num_decoder_attention_heads": 4,
            "max_position_embeddings": 64,
            "pad_token_id": 0,
            "decoder_start_token_id": 2,
        },
    ),
    # Pictures.
    A("ViTForImageClassification", "ViTConfig", pictured(), VISION),
    A("DeiTForImageClassification", "DeiTConfig", pictured(), VISION),
    A("BeitForImageClassification", "BeitConfig", pictured(), VISION),
    A("Dinov2ForImageClassification", "Dinov2Config", pictured(), VISION),
    A(
        "ViTMAEForPreTraining",
        "ViTMAEConfig",
        lambda: {"pixel_values": torch.randn(2, 3, 32, 32)},
        VISION
        | {
            "decoder_hidden_size": 16,
            "decoder_num_hidden_layers": 1,
            "decoder_num_attention_heads": 2,
            "decoder_intermediate_size": 32,
        },
    ),
    A(
        "SwinForImageClassification",
        "SwinConfig",
        pictured(),
        {
            "image_size": 32,
            "patch_size": 2,
            "embed_dim": 16,
            "depths": [1, 1],
            "num_heads": [2, 4],
            "window_size": 4,
            "num_labels": 3,
        },
    ),
    A(
        "ConvNextForImageClassification",
        "ConvNextConfig",
        pictured(),
        {"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1], "num_labels": 3},
    ),
    A(
        "ResNetForImageClassification",
        "ResNetConfig",
        pictured(),
        {
            "embedding_size": 8,
            "hidden_sizes": [8, 16, 16, 32],
            "depths": [1, 1, 1, 1],
            "num_labels": 3,
        },
    ),
    A(
        "RegNetForImageClassification",
        "RegNetConfig",
        pictured(),
        {
            "embedding_size": 8,
            "hidden_sizes": [8, 16, 16, 32],
            "depths": [1, 1, 1, 1],
            "groups_width": 8,
            "num_labels": 3,
        },
    ),
    A(
        "MobileNetV2ForImageClassification",
        "MobileNetV2Config",
        pictured(),
        {"depth_multiplier": 0.35, "num_labels": 3},
    ),
    A(
        "SegformerForSemanticSegmentation",
        "SegformerConfig",
        lambda: {
            "pixel_values": torch.randn(2, 3, 64, 64),
            "labels": torch.randint(0, 3, (2, 64, 64)),
        },
        {
            "hidden_sizes": [8, 16, 16, 32],
            "depths": [1, 1, 1, 1],
            "num_attention_heads": [1, 2, 2, 4],
            "decoder_hidden_size": 16,
            "num_labels": 3,
        },
    ),
    A(
        "PoolFormerForImageClassification",
        "PoolFormerConfig",
        pictured(64),
        {"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1], "num_labels": 3},
    ),
    # Sound.
    A("Wav2Vec2ForSequenceClassification", "Wav2Vec2Config", heard, WAVE),
    A("HubertForSequenceClassification", "HubertConfig", heard, WAVE),
    A("WavLMForSequenceClassification", "WavLMConfig", heard, WAVE),
    A(
        "Wav2Vec2ForCTC",
        "Wav2Vec2Config",
        lambda: {"input_values": torch.randn(2, 800), "labels": torch.randint(1, 16, (2, 5))},
        WAVE | {"vocab_size": 16, "pad_token_id": 0},
    ),
    A(
        "ASTForAudioClassification",
        "ASTConfig",
        lambda: {"input_values": torch.randn(2, 32, 16), "labels": torch.tensor([0, 1])},
        VISION
        | {
            "max_length": 32,
            "num_mel_bins": 16,
            "num_labels": 2,
            "time_stride": 8,
            "frequency_stride": 8,
        },
    ),
    A(
        "WhisperForConditionalGeneration",
        "WhisperConfig",
        lambda: {"input_features": torch.randn(2, 8, 40), "labels": ids(6)},
        ENCODER_DECODER
        | {"num_mel_bins": 8, "max_source_positions": 20, "max_target_positions": 20},
    ),
    A(
        "Speech2TextForConditionalGeneration",
        "Speech2TextConfig",
        lambda: {"input_features": torch.randn(2, 40, 8), "labels": ids(6)},
        ENCODER_DECODER
        | {
            "input_feat_per_channel": 8,
            "max_source_positions": 40,
            "max_target_positions": 20,
            "conv_channels": 16,
            "conv_kernel_sizes": [3, 3],
        },
    ),
    # Several kinds at once.
    A(
        "CLIPModel",
        "CLIPConfig",
        lambda: {
            "input_ids": ids(),
            "pixel_values": torch.randn(2, 3, 32, 32),
            "return_loss": True,
        },
        {"text_config": PLAIN, "vision_config": VISION, "projection_dim": 16},
    ),
    A(
        "SiglipModel",
        "SiglipConfig",
        lambda: {
            "input_ids": ids(16),
            "pixel_values": torch.randn(2, 3, 32, 32),
            "return_loss": True,
        },
        {"text_config": PLAIN | {"max_position_embeddings": 16}, "vision_config": VISION},
    ),
    A(
        "BlipForConditionalGeneration",
        "BlipConfig",
        lambda: {"input_ids": (i := ids()), "pixel_values": torch.randn(2, 3, 32, 32), "labels": i},
        {
            "text_config": PLAIN | {"encoder_hidden_size": 32},
            "vision_config": VISION,
            "projection_dim": 16,
        },
    ),
    A(
        "ViltForMaskedLM",
        "ViltConfig",
        lambda: masked() | {"pixel_values": torch.randn(2, 3, 32, 32)},
        PLAIN | VISION,
    ),
    A(
        "DecisionTransformerModel",
        "DecisionTransformerConfig",
        lambda: {
            "states": torch.randn(2, 6, 5),
            "actions": torch.randn(2, 6, 2),
            "rewards": torch.randn(2, 6, 1),
            "returns_to_go": torch.randn(2, 6, 1),
            "timesteps": torch.arange(6).repeat(2, 1),
        },
        {
            "state_dim": 5,
            "act_dim": 2,
            "hidden_size": 32,
            "max_ep_len": 16,
            "n_layer": 2,
            "n_head": 4,
        },
    ),
    A(
        "TimeSeriesTransformerForPrediction",
        "TimeSeriesTransformerConfig",
        lambda: {
            "past_values": torch.rand(2, 15),
            "past_time_features": torch.randn(2, 15, 1),
            "past_observed_mask": torch.ones(2, 15),
            "future_values": torch.rand(2, 4),
            "future_time_features": torch.randn(2, 4, 1),
        },
        {
            "prediction_length": 4,
            "context_length": 8,
            "lags_sequence": [1, 2, 7],
            "num_time_features": 1,
            "d_model": 16,
            "encoder_layers": 1,
            "decoder_layers": 1,
            "encoder_attention_heads": 2,
            "decoder_attention_heads": 2,
            "encoder_ffn_dim": 24,
            "decoder_ffn_dim": 24,
        },
    ),
    A(
        "PatchTSTForPrediction",
        "PatchTSTConfig",
        lambda: {"past_values": torch.randn(2, 32, 2), "future_values": torch.randn(2, 8, 2)},
        {
            "num_input_channels": 2,
            "context_length": 32,
            "prediction_length": 8,
            "patch_length": 8,
            "patch_stride": 8,
            "d_model": 16,
            "num_attention_heads": 2,
            "num_hidden_layers": 2,
            "ffn_dim": 32,
        },
    ),
)
