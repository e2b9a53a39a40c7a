"""The simulated language model, and the gateway of an agent, over the OpenAI protocol."""
