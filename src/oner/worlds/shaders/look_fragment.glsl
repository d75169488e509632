// The looks. `source` is the plain picture, `depth_map` the scene's depth; all read them at picture coordinates 0..1.
in vec2 uv;
uniform sampler2D source;
uniform sampler2D depth_map;
uniform vec2 size;      // pixels
uniform vec2 lens;      // near and far plane, metres
uniform float clock;    // frame number
out vec4 picture;

float luminance(vec3 c) { return dot(c, vec3(0.30, 0.55, 0.15)); }
vec3 at(vec2 p) { return texture(source, p).rgb; }
float chance(float n) { return fract(sin(n * 12.9898) * 43758.5453); }
vec3 contrast(vec3 c, float amount) { return mix(c, c * c * (3.0 - 2.0 * c), amount); }

float grain(float coarse) {
    vec2 shift = floor(vec2(chance(clock), chance(clock + 0.5)) * 256.0);
    return texture(noise_map, (floor(uv * size / coarse) + 0.5 + shift) / 256.0).g - 0.5;
}

float vignette(float strength) {
    vec2 p = (uv - 0.5) * vec2(1.0, 1.0);
    return 1.0 - strength * smoothstep(0.12, 0.55, dot(p, p) * 1.4);
}

float metres(vec2 p) {
    float d = texture(depth_map, p).r;
    return lens.x * lens.y / (lens.y - d * (lens.y - lens.x));
}

// Outlines: jumps of depth (against its own slope) and of colour, 0..1.
float outline(float width, vec2 p) {
    vec2 e = width / size;
    float d0 = metres(p);
    float dx0 = metres(p - vec2(e.x, 0)), dx1 = metres(p + vec2(e.x, 0)), dy0 = metres(p - vec2(0, e.y)), dy1 = metres(p + vec2(0, e.y));
    float bend = abs(dx0 + dx1 - 2.0 * d0) + abs(dy0 + dy1 - 2.0 * d0);
    float depth = smoothstep(0.06, 0.16, bend / d0) * (1.0 - smoothstep(60.0, 300.0, min(d0, min(min(dx0, dx1), min(dy0, dy1)))));
    vec3 cx = at(p + vec2(e.x, 0)) - at(p - vec2(e.x, 0)), cy = at(p + vec2(0, e.y)) - at(p - vec2(0, e.y));
    float colour = smoothstep(0.22, 0.5, sqrt(dot(cx, cx) + dot(cy, cy)));
    return max(depth, colour * 0.75);
}

void main() {
    vec3 c = at(uv);
    float px = max(size.y / 360.0, 0.55);

#if LOOK == NATURAL
    c = contrast(c, 0.12);
    c += grain(1.0) * 0.010;

#elif LOOK == CINEMATIC
    float l = luminance(c);
    c = contrast(c, 0.35);
    c *= mix(vec3(0.86, 1.00, 1.10), vec3(1.07, 1.00, 0.90), smoothstep(0.08, 0.75, l));
    c = mix(vec3(luminance(c)), c, 1.10) * vignette(0.24);
    c = c * 0.985 + vec3(0.006, 0.010, 0.015);
    c += grain(1.0) * 0.026 * (1.0 - 0.5 * l);

#elif LOOK == BLACK_AND_WHITE
    float l = dot(c, vec3(0.42, 0.45, 0.13));
    l = pow(l, 0.88);
    l = mix(l, l * l * (3.0 - 2.0 * l), 0.55) * vignette(0.3);
    c = vec3(l * 1.04) + grain(1.0) * 0.045 * (1.0 - 0.5 * l);

#elif LOOK == WATERCOLOUR
    // Kuwahara: of four neighbouring windows the one with the least variance gives the colour.
    vec2 e = 1.25 * px / size;
    vec2 wobble = (texture(noise_map, uv * vec2(size.x / size.y, 1.0) * 2.2).ba - 0.5) * 5.0 * px / size;
    vec2 p = uv + wobble;
    float least = 1e9;
    vec3 best = c, all_of = vec3(0.0);
    vec3 grid[25];
    for (int j = 0; j < 5; j++) for (int i = 0; i < 5; i++) grid[j * 5 + i] = at(p + vec2(i - 2, j - 2) * e * 1.3);
    for (int q = 0; q < 4; q++) {
        int ox = (q & 1) * 2, oy = (q >> 1) * 2;
        vec3 mean = vec3(0.0), square = vec3(0.0);
        for (int j = 0; j < 3; j++) for (int i = 0; i < 3; i++) { vec3 s = grid[(oy + j) * 5 + ox + i]; mean += s; square += s * s; }
        mean /= 9.0;
        vec3 v = square / 9.0 - mean * mean;
        float spread = v.r + v.g + v.b;
        best = spread < least ? mean : best;
        least = min(least, spread);
        all_of += mean * 0.25;
    }
    vec4 paper = texture(noise_map, uv * size / 300.0 / px);
    vec4 pool = texture(noise_map, uv * vec2(size.x / size.y, 1.0) * 0.55 + 0.3);
    c = pow(best, vec3(0.72));
    c = mix(vec3(luminance(c)), c, 1.30);
    float edge = clamp(length(best - all_of) * 3.2, 0.0, 0.35);
    c *= 1.0 - edge;
    float pigment = 0.93 + 0.22 * (pool.r - 0.5) + 0.35 * (paper.b - 0.5) + 0.12 * (paper.r - 0.5);
    c = mix(vec3(0.97, 0.955, 0.92), c, clamp(pigment, 0.35, 1.0));
    vec2 border = min(uv, 1.0 - uv) * vec2(size.x / size.y, 1.0);
    float inside = smoothstep(0.012, 0.05, min(border.x, border.y) + (pool.g - 0.5) * 0.004 + (texture(noise_map, uv * 1.7).r - 0.5) * 0.09);
    c = mix(vec3(0.965, 0.95, 0.915), c, inside);

#elif LOOK == ANIMATION
    vec2 e = px / size;
    vec3 soft = (c * 2.0 + at(uv + vec2(e.x, 0)) + at(uv - vec2(e.x, 0)) + at(uv + vec2(0, e.y)) + at(uv - vec2(0, e.y))) / 6.0;
    float l = max(luminance(soft), 0.02);
    float steps = l * 5.0 + 0.25, level = (floor(steps) + smoothstep(0.42, 0.58, fract(steps))) / 5.0;
    c = soft * (mix(l, level, 0.85) / l);
    c = mix(vec3(luminance(c)), c, 1.50) * 1.06;
    c = mix(c, vec3(0.05, 0.04, 0.09), outline(1.0 * px, uv) * 0.9);

#elif LOOK == SYNTHWAVE
    vec2 e = vec2(1.6 * px / size.x, 0.0);
    c = vec3(at(uv + e).r, c.g, at(uv - e).b);
    float l = luminance(contrast(c, 0.45));
    vec3 ramp = mix(vec3(0.05, 0.01, 0.16), vec3(0.62, 0.06, 0.62), smoothstep(0.02, 0.42, l));
    ramp = mix(ramp, vec3(1.0, 0.42, 0.52), smoothstep(0.36, 0.68, l));
    ramp = mix(ramp, vec3(1.0, 0.93, 0.72), smoothstep(0.66, 0.98, l));
    float cool = clamp((c.b + c.g * 0.6 - c.r * 1.35) * 1.6, 0.0, 1.0);
    ramp = mix(ramp, vec3(0.04, 0.70, 0.95) * (0.25 + 1.1 * l), cool * 0.75);
    c = mix(c, ramp, 0.72);
    c *= vignette(0.35);

#elif LOOK == SEPIA
    vec2 weave = vec2(sin(clock * 0.9) + sin(clock * 0.37 + 1.0), sin(clock * 0.71 + 2.0)) * vec2(0.0007, 0.0011);
    c = at(clamp((uv - 0.5) * 0.985 + 0.5 + weave, 0.0, 1.0));
    float l = luminance(contrast(c, 0.4));
    l = pow(l, 0.9) * (0.975 + 0.04 * chance(floor(clock) * 1.7)) * 0.96 + 0.05;
    l *= vignette(0.5);
    l += grain(max(px * 1.3, 1.0)) * 0.075;
    for (int i = 0; i < 2; i++) {
        float when = floor(clock / 5.0) + float(i) * 31.0, x = chance(when);
        float there = step(0.45, chance(when + 7.0));
        l += there * 0.16 * (1.0 - smoothstep(0.0, 0.9 / size.x, abs(uv.x - x - 0.002 * sin(uv.y * 9.0 + clock)))) * (chance(when + 3.0) - 0.35);
        vec2 speck = vec2(chance(clock * 1.31 + float(i)), chance(clock * 2.17 + float(i)));
        l -= 0.35 * step(0.55, chance(clock * 0.77 + float(i))) * (1.0 - smoothstep(0.4, 1.0, length((uv - speck) * size / (px * 3.0))));
    }
    c = mix(vec3(0.10, 0.055, 0.03), vec3(1.0, 0.90, 0.70), clamp(l, 0.0, 1.0)) * (0.86 + 0.2 * l);
    vec2 corner = max(abs(uv - 0.5) - vec2(0.47, 0.455), 0.0) * vec2(size.x / size.y, 1.0);
    c *= 1.0 - smoothstep(0.025, 0.040, length(corner));

#elif LOOK == VHS
    float line = floor(uv.y * size.y / px);
    float tear = smoothstep(0.965, 1.0, 1.0 - abs(fract(uv.y + clock * 0.0071) - 0.5) * 2.0);
    float jitter = (chance(line * 0.73 + clock) - 0.5) * (0.0018 + 0.02 * tear) + 0.0012 * sin(uv.y * 7.0 + clock * 0.21);
    vec2 p = vec2(uv.x + jitter, uv.y);
    vec2 e = vec2(px / size.x, 0.0);
    float l = luminance((at(p) * 2.0 + at(p + e) + at(p - e)) * 0.25);
    float sharp = l + (luminance(at(p)) - luminance(at(p - e * 2.0))) * 0.5;
    vec3 smear = (at(p - e * 2.0) + at(p - e * 5.0) + at(p - e * 8.0) + at(p + e)) * 0.25;
    vec3 right = at(p + e * 4.0);
    vec3 chroma = vec3(smear.r - luminance(smear), 0.0, right.b - luminance(right));
    chroma.g = -(0.30 * chroma.r + 0.15 * chroma.b) / 0.55;
    c = vec3(sharp) * 0.86 + 0.07 + chroma * 1.35;
    c *= 0.95 + 0.05 * sin(uv.y * size.y / max(px, 1.0) * 2.0944);
    c += grain(max(px, 1.0)) * 0.05 + tear * grain(2.0) * 0.35;
    float foot = 1.0 - smoothstep(0.0, 0.030, uv.y);
    c = mix(c, vec3(0.3 + grain(2.0) * 0.7), foot * 0.6);
    c *= vec3(1.03, 0.98, 1.04);

#elif LOOK == INFRARED
    float l = luminance(c);
    float leaf = clamp((c.g - c.b * 0.9) * 3.2 + (c.g - c.r) * 3.0, 0.0, 1.0) * smoothstep(0.02, 0.15, l);
    float sky = clamp((c.b - c.r) * 2.4, 0.0, 1.0);
    vec3 other = vec3(l * 1.06 + (c.r - l) * 0.25, l * 0.80 + (c.r - l) * 0.22, l * 0.84 + (c.b - l) * 0.3);
    vec3 pink = mix(vec3(0.26, 0.01, 0.09), vec3(0.98, 0.40, 0.56), smoothstep(0.05, 0.85, l * 1.1));
    c = mix(other, pink, leaf);
    c = mix(c, vec3(0.05, 0.42, 0.58) * (0.35 + 1.15 * l), sky * 0.85);
    c = contrast(c, 0.35) * vignette(0.25);
    c += grain(1.0) * 0.03;

#elif LOOK == PENCIL
    float boil = floor(clock / 4.0);
    vec2 aspect = vec2(size.x / size.y, 1.0);
    vec2 shake = (texture(noise_map, uv * aspect * 1.3 + vec2(chance(boil), chance(boil + 9.0))).ba - 0.5) * 5.0 * px / size;
    vec2 p = uv + shake;
    float l = luminance(contrast(at(p), 0.25));
    float line = outline(1.0 * px, p);
    vec4 paper = texture(noise_map, uv * size / 280.0 / px);
    vec2 q = uv * size / px;
    float tooth = (paper.g - 0.5) * 0.30 + (paper.r - 0.5) * 0.5;
    float h1 = abs(fract((q.x + q.y) / 5.0 + tooth * 0.5) - 0.5) * 2.0, h2 = abs(fract((q.x - q.y * 0.8) / 5.5 + tooth * 0.5) - 0.5) * 2.0;
    float h3 = abs(fract((q.x * 0.25 + q.y) / 4.6 + tooth * 0.5) - 0.5) * 2.0;
    float dark = 0.0;
    dark = max(dark, smoothstep(0.0, 0.35, (0.66 - l) * 1.7 - h1 + 0.10));
    dark = max(dark, smoothstep(0.0, 0.35, (0.42 - l) * 2.4 - h2 + 0.10));
    dark = max(dark, smoothstep(0.0, 0.35, (0.22 - l) * 4.0 - h3 + 0.15));
    float tone_of = clamp((0.72 - l) * 0.35, 0.0, 0.3);
    float ink = max(line * 0.92, dark * 0.62 * (0.8 + tooth)) + tone_of * 0.6;
    vec3 sheet = vec3(0.955, 0.945, 0.92) * (0.97 + 0.10 * (paper.r - 0.5));
    c = mix(sheet, vec3(0.15, 0.15, 0.18) + (at(p) - l) * 0.22, clamp(ink, 0.0, 0.95));

#elif LOOK == NOIR
    float l = dot(c, vec3(0.50, 0.40, 0.10));
    l = smoothstep(0.10, 0.74, pow(l, 0.80) * vignette(0.55));
    l = mix(l, floor(l * 3.0 + 0.5) / 3.0, 0.30);
    c = vec3(l) * vec3(0.985, 1.0, 1.02) + grain(1.0) * 0.045;
#endif
    picture = vec4(c, 1.0);
}
