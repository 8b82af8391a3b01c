"""Encoders of text."""

from __future__ import annotations

import torch
from architectures.sizes import PLAIN, VOCABULARY, answered, causal, ids, labelled, masked, tagged
from architectures.sizes import Architecture as A

ENCODERS = (
    # Encoders of text.
    A("BertForMaskedLM", "BertConfig", masked, PLAIN),
    A("BertForSequenceClassification", "BertConfig", labelled, PLAIN),
    A("BertForTokenClassification", "BertConfig", tagged, PLAIN),
    A("BertForQuestionAnswering", "BertConfig", answered, PLAIN),
    A("RobertaForMaskedLM", "RobertaConfig", masked, PLAIN),
    A("RobertaForSequenceClassification", "RobertaConfig", labelled, PLAIN),
    A("XLMRobertaForTokenClassification", "XLMRobertaConfig", tagged, PLAIN),
    A("CamembertForMaskedLM", "CamembertConfig", masked, PLAIN),
    A("ElectraForPreTraining", "ElectraConfig", tagged, PLAIN | {"embedding_size": 16}),
    A("ElectraForMaskedLM", "ElectraConfig", masked, PLAIN | {"embedding_size": 16}),
    A("AlbertForMaskedLM", "AlbertConfig", masked, PLAIN | {"embedding_size": 16}),
    A(
        "DistilBertForMaskedLM",
        "DistilBertConfig",
        masked,
        {"vocab_size": VOCABULARY, "dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 4},
    ),
    A(
        "DistilBertForSequenceClassification",
        "DistilBertConfig",
        labelled,
        {"vocab_size": VOCABULARY, "dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 4},
    ),
    A("DebertaForSequenceClassification", "DebertaConfig", labelled, PLAIN),
    A(
        "DebertaV2ForMaskedLM",
        "DebertaV2Config",
        masked,
        PLAIN | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    ),
    A("MPNetForMaskedLM", "MPNetConfig", masked, PLAIN),
    A(
        "ModernBertForMaskedLM",
        "ModernBertConfig",
        masked,
        PLAIN | {"cls_token_id": 1, "sep_token_id": 2},
    ),
    A("ConvBertForMaskedLM", "ConvBertConfig", masked, PLAIN | {"embedding_size": 32}),
    A(
        "SqueezeBertForSequenceClassification",
        "SqueezeBertConfig",
        labelled,
        PLAIN | {"embedding_size": 32},
    ),
    A(
        "MobileBertForMaskedLM",
        "MobileBertConfig",
        masked,
        PLAIN | {"embedding_size": 32, "intra_bottleneck_size": 16, "true_hidden_size": 16},
    ),
    A("RoFormerForMaskedLM", "RoFormerConfig", masked, PLAIN),
    A("FNetForMaskedLM", "FNetConfig", masked, PLAIN),
    A(
        "NystromformerForMaskedLM",
        "NystromformerConfig",
        masked,
        PLAIN | {"num_landmarks": 5, "segment_means_seq_len": 10},
    ),
    A("YosoForMaskedLM", "YosoConfig", masked, PLAIN),
    A("LongformerForMaskedLM", "LongformerConfig", masked, PLAIN | {"attention_window": 4}),
    A("BigBirdForMaskedLM", "BigBirdConfig", masked, PLAIN | {"attention_type": "original_full"}),
    A(
        "CanineForSequenceClassification",
        "CanineConfig",
        lambda: {"input_ids": ids(16), "labels": torch.tensor([0, 1])},
        PLAIN | {"num_hash_buckets": 32, "local_transformer_stride": 8, "downsampling_rate": 4},
    ),
    A(
        "FunnelForMaskedLM",
        "FunnelConfig",
        masked,
        {
            "vocab_size": VOCABULARY,
            "block_sizes": [1, 1],
            "d_model": 32,
            "n_head": 4,
            "d_head": 8,
            "d_inner": 48,
            "num_decoder_layers": 1,
        },
    ),
    A(
        "XLNetLMHeadModel",
        "XLNetConfig",
        causal,
        {"vocab_size": VOCABULARY, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48},
    ),
    A(
        "XLMWithLMHeadModel",
        "XLMConfig",
        causal,
        {
            "vocab_size": VOCABULARY,
            "emb_dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "max_position_embeddings": 64,
        },
    ),
    A(
        "FlaubertWithLMHeadModel",
        "FlaubertConfig",
        causal,
        {
            "vocab_size": VOCABULARY,
            "emb_dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "max_position_embeddings": 64,
        },
    ),
    A("IBertForMaskedLM", "IBertConfig", masked, PLAIN),
    A(
        "LayoutLMForTokenClassification",
        "LayoutLMConfig",
        lambda: tagged() | {"bbox": torch.randint(0, 50, (2, 10, 4)).sort(-1).values},
        PLAIN | {"max_2d_position_embeddings": 64},
    ),
    A(
        "LukeForMaskedLM",
        "LukeConfig",
        masked,
        PLAIN | {"entity_vocab_size": 16, "entity_emb_size": 16},
    ),
    A(
        "TapasForMaskedLM",
        "TapasConfig",
        lambda: masked() | {"token_type_ids": torch.zeros(2, 10, 7, dtype=torch.long)},
        PLAIN,
    ),
)
