"""What a language model is asked and what its answer comes to. Pure: words in, words and opinions out."""
