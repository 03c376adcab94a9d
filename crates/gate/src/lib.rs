//! The wire: questions over AuthZEN and Envoy, answers with their receipts.
