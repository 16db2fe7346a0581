"""Three slides on the mesh (architecture, technologies, costs), in French and English, from the stack's own figures."""
