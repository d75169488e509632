"""What materials look like: the kind of shader that draws them, and its numbers."""

import numpy as np

from .mesh import Material, Mesh

KIND_OF = dict.fromkeys(Material, "GENERIC") | {
    Material.GLOSS: "GLOSSY", Material.METAL: "GLOSSY", Material.GLASS: "GLOSSY", Material.GLOW: "GLOW",
    Material.FACADE: "FACADE", Material.TILES: "TILES", Material.BRICK: "BRICK", Material.WOOD: "WOOD",
    Material.PAVING: "PAVING", Material.LEAF: "LEAF", Material.PETAL: "LEAF", Material.WATER: "WATER",
    Material.GRID: "GRID",
}  # fmt: skip
KINDS = tuple(dict.fromkeys(KIND_OF.values()))

# noise: coarse repeats per metre, its amount, fine repeats per metre, its amount; then bump, shine, sharpness, softness
SURFACES = {
    Material.MATTE: (0.12, 0.10, 0.9, 0.08, 0.05, 0.05, 18, 0.0),
    Material.GLOSS: (0.1, 0.0, 1.0, 0.0, 0.0, 0.45, 70, 0.0),
    Material.METAL: (0.1, 0.0, 1.0, 0.0, 0.0, 0.60, 40, 0.0),
    Material.GLASS: (0.1, 0.0, 1.0, 0.0, 0.0, 0.80, 120, 0.0),
    Material.ROCK: (0.018, 0.75, 0.17, 0.85, 0.9, 0.04, 12, 0.0),
    Material.SAND: (0.02, 0.25, 0.45, 0.22, 0.5, 0.05, 10, 0.1),
    Material.SNOW: (0.02, 0.10, 0.30, 0.10, 0.6, 0.12, 24, 0.35),
    Material.GRASS: (0.013, 0.60, 0.40, 0.95, 0.45, 0.02, 10, 0.25),
    Material.EARTH: (0.03, 0.50, 0.45, 0.60, 0.6, 0.02, 10, 0.0),
    Material.ASPHALT: (0.05, 0.30, 0.9, 0.35, 0.25, 0.10, 20, 0.0),
    Material.PLASTER: (0.06, 0.12, 0.5, 0.10, 0.08, 0.05, 20, 0.1),
    Material.BARK: (0.15, 0.50, 1.1, 0.90, 0.9, 0.02, 10, 0.0),
    Material.SKIN: (0.6, 0.08, 2.0, 0.06, 0.02, 0.12, 16, 0.35),
    Material.CLOTH: (0.45, 0.22, 3.5, 0.30, 0.25, 0.03, 10, 0.15),
    Material.HAIR: (0.9, 0.35, 4.5, 0.60, 0.3, 0.22, 22, 0.15),
    Material.FUR: (0.6, 0.35, 4.0, 0.60, 0.4, 0.05, 12, 0.3),
    Material.CONCRETE: (0.04, 0.35, 0.4, 0.25, 0.15, 0.04, 16, 0.0),
    Material.CORAL: (0.2, 0.50, 1.2, 0.60, 0.6, 0.10, 20, 0.3),
    Material.LEAF: (0.08, 0.50, 0.9, 0.70, 0.3, 0.05, 14, 0.3),
    Material.PETAL: (0.3, 0.20, 1.5, 0.25, 0.1, 0.05, 14, 0.5),
    Material.WOOD: (0.1, 0.3, 1.0, 0.3, 0.1, 0.12, 30, 0.0),
    Material.BRICK: (0.1, 0.3, 1.0, 0.3, 0.1, 0.03, 14, 0.0),
    Material.PAVING: (0.1, 0.3, 1.0, 0.3, 0.1, 0.08, 24, 0.0),
    Material.TILES: (0.1, 0.3, 1.0, 0.3, 0.1, 0.50, 60, 0.0),
}

SHEETS = (Material.LEAF, Material.PETAL, Material.CLOTH, Material.HAIR)  # thin: seen from both sides


def outward(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Faces and normals turned so that slips in a mesh tear no holes where the far sides of things are left out:
    windings agree with normals, and a floor that was laid face down faces up."""
    corners = mesh.positions[mesh.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    wrong = (flat * mesh.normals[mesh.faces].sum(1)).sum(1) < 0
    faces = np.where(wrong[:, None], mesh.faces[:, ::-1], mesh.faces)
    down = (mesh.normals[faces][:, :, 1] < -0.9).all(1) & (corners[:, :, 1].max(1) < 0.5)
    faces = np.where(down[:, None], faces[:, ::-1], faces)
    normals = mesh.normals.copy()
    normals[faces[down].ravel(), 1] = np.abs(normals[faces[down].ravel(), 1])
    return faces, normals
