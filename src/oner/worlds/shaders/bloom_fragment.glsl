in vec2 uv;
uniform sampler2D source;
uniform vec2 texel;      // of the source
out vec4 picture;

#if PASS == GATHER
// Quarter size: what the alpha channel marks as shining, plus a little of the very bright.
void main() {
    vec3 sum = vec3(0.0);
    for (int y = -1; y <= 1; y += 2) for (int x = -1; x <= 1; x += 2) {
        vec4 c = texture(source, uv + vec2(x, y) * texel * 1.5);
        sum += c.rgb * c.rgb * c.a * 1.5 + max(c.rgb - 0.86, 0.0);
    }
    picture = vec4(sum * 0.25, 1.0);
}
#elif PASS == SPREAD
void main() {
    vec3 sum = texture(source, uv).rgb * 0.16;
    for (int i = 1; i <= 5; i++) {
        float w = exp(-float(i * i) / 9.0) * 0.145;
        vec2 off = texel * (float(i) * 1.5 - 0.25);
        sum += (texture(source, uv + off).rgb + texture(source, uv - off).rgb) * w;
    }
    picture = vec4(sum, 1.0);
}
#else
// The plain picture: the larger scene averaged by one linear read, and its bloom.
uniform sampler2D halo;
void main() {
    vec3 c = texture(source, uv).rgb;
    picture = vec4(c + texture(halo, uv).rgb * (1.0 - 0.6 * c), 1.0);
}
#endif
