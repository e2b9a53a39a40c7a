"""How a head is learnt from labelled headlines, and how well it and others judge headlines that they have never seen."""
