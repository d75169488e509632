in vec2 spot;
in vec4 shade;
out vec4 picture;

// Plain blending by alpha; fireflies are added and may bloom (the blend state is the caller's).
void main() {
    float r = dot(spot, spot);
#if KIND == STREAK
    float cover = (1.0 - spot.x * spot.x) * (1.0 - spot.y * spot.y);
#elif KIND == PETALS
    float cover = 1.0 - smoothstep(0.75, 1.0, r);
#elif KIND == FIREFLY
    float cover = exp(-r * 5.0) * max(1.0 - r, 0.0) + exp(-r * 40.0);
#else
    float cover = 1.0 - smoothstep(0.15, 1.0, r);
#endif
    picture = vec4(film(shade.rgb), clamp(cover, 0.0, 1.0) * shade.a);
}
