in vec3 at;
in vec3 n;
in vec3 colour;
#if PARTS
in vec3 grain_at;
#else
#define grain_at at
#endif
uniform vec4 grain;    // coarse repeats a metre, amount, fine repeats a metre, amount
uniform vec4 finish;   // bump, shine, sharpness of the shine, softness (light that goes round or through)
uniform float metal;
#if SUNLIT
uniform sampler2DShadow wide_map;
uniform sampler2DShadow near_map;
#endif
#if MIRROR
uniform sampler2D mirror_map;  // the scene as a level mirror shows it, filmed
#endif
out vec4 picture;  // filmed colour, a: what blooms

#if SUNLIT
// The maps' outermost texels stay empty, so that whatever lies outside is lit.
float sunlight(vec3 normal) {
    vec4 lifted = vec4(at + normal * 0.07, 1.0);
    vec3 wide = (shadow_wide * lifted).xyz;
    float lit = texture(wide_map, wide + vec3(0.00026, 0.00011, 0.0)) + texture(wide_map, wide - vec3(0.00026, 0.00011, 0.0));
    return lit * 0.5 * texture(near_map, (shadow_near * lifted).xyz);
}
#endif

// Cheap stand-in for pow(x, n) of a highlight (Schlick, Graphics Gems IV).
float highlight(float x, float n) {
    x = x / (n - n * x + x);
    return x * x;
}

vec2 flat_coordinates(vec3 p, vec3 normal) {
    vec3 a = abs(normal);
    return a.y > max(a.x, a.z) * 0.9 ? p.xz : (a.x > a.z ? p.zy : p.xy);
}

void main() {
    vec3 normal = normalize(gl_FrontFacing ? n : -n);
    vec3 ray = at - eye.xyz;
    float distance = length(ray);
    ray /= distance;
    vec3 albedo = colour;
    float shine = finish.y, sharp = finish.z, soft = finish.w, bloom = 0.0;
    vec3 emitted = vec3(0.0);
    vec2 uv = flat_coordinates(grain_at, normal);
    float wet = weather.x * smoothstep(0.5, 0.9, normal.y);

#if KIND == GENERIC || KIND == LEAF
    vec4 coarse = texture(noise_map, uv * grain.x), fine = texture(noise_map, uv * grain.z + 0.37);
    albedo *= 1.0 + (coarse.r - 0.5) * grain.y + (fine.r - 0.5) * grain.w;
    vec2 slope = (coarse.ba - 0.5) * grain.y + (fine.ba - 0.5) * grain.w;
    vec3 a = abs(normal);
    normal = normalize(normal - finish.x * (a.y > 0.7 ? vec3(slope.x, 0, slope.y) : vec3(slope.x * a.z, slope.y, slope.x * a.x)));
#endif
#if KIND == BRICK || KIND == PAVING || KIND == TILES || KIND == WOOD
    vec4 coarse = texture(noise_map, uv * 0.11);
#if KIND == BRICK
    vec2 size = vec2(0.46, 0.16);
#elif KIND == PAVING
    vec2 size = vec2(0.8, 0.8);
#elif KIND == TILES
    vec2 size = vec2(0.6, 0.6);
#else
    vec2 size = vec2(2.4, 0.17);
    uv = normal.y > 0.7 ? uv.yx : uv;
#endif
    vec2 cell = uv / size;
#if KIND == BRICK || KIND == WOOD
    cell.x += floor(cell.y) * 0.37;
#endif
    vec2 id = floor(cell), inside = abs(fract(cell) - 0.5);
    vec2 blur = fwidth(uv) / size;
    vec2 joint = smoothstep(0.5 - 0.02 / size - blur, 0.5 - 0.008 / size, inside) * clamp(0.25 / (blur + 0.01), 0.0, 1.0);
    float line = max(joint.x, joint.y);
    float tone_of = texture(noise_map, (id + 0.5) / 256.0 * 7.0).g;
#if KIND == TILES
    float dark = mod(id.x + id.y, 2.0);
    float far = clamp(max(blur.x, blur.y) * 1.5 - 0.3, 0.0, 1.0);
    albedo *= mix(mix(1.0, 0.28, dark), 0.64, far);
    albedo *= 0.92 + 0.16 * coarse.r - 0.3 * line;
    shine = 0.5;
#elif KIND == WOOD
    vec4 figure = texture(noise_map, vec2(uv.x * 0.12 + id.y * 0.31, uv.y * 1.9 + id.x * 0.7));
    albedo *= 0.62 + 0.34 * tone_of + 0.5 * (figure.r - 0.3);
    albedo *= 1.0 - 0.55 * line;
    normal = normalize(normal + vec3(0, figure.a - 0.5, 0) * 0.25);
#else
    albedo *= 0.78 + 0.36 * tone_of + (coarse.r - 0.5) * 0.35;
    albedo = mix(albedo, albedo * (KIND == BRICK ? 1.45 : 0.55) + (KIND == BRICK ? 0.03 : 0.0), line * 0.8);
#endif
#endif
#if KIND == FACADE
    vec2 size = vec2(2.1, 3.1);
    vec2 cell = uv / size;
    vec2 id = floor(cell), inside = abs(fract(cell) - 0.5);
    vec2 blur = fwidth(cell) + 0.012;
    vec4 dirt = texture(noise_map, uv * 0.03);
    albedo *= 0.8 + 0.4 * dirt.r;
    vec2 pane2 = 1.0 - smoothstep(vec2(0.31, 0.30) - blur, vec2(0.31, 0.30) + blur, inside);
    vec2 frame2 = 1.0 - smoothstep(vec2(0.35, 0.34) - blur, vec2(0.35, 0.34) + blur, inside);
    float wall = step(abs(normal.y), 0.5);
    float pane = pane2.x * pane2.y * wall, frame = frame2.x * frame2.y * wall - pane;
    vec4 luck = texture(noise_map, (id + 0.5) * vec2(13.0, 7.0) / 256.0 + vec2(floor(grain_at.x * 0.02), floor(grain_at.z * 0.02)) * 0.173);
    float lit = smoothstep(0.52, 0.56, luck.g) * tone.y;
    vec3 bounce = reflect(ray, normal);
    vec3 glass = sky_gradient(vec3(bounce.x, abs(bounce.y) * 0.6 + 0.1, bounce.z)) * (above.w > 0.5 ? 0.1 : 0.55) + 0.01;
    vec3 warm = mix(vec3(1.0, 0.62, 0.28), vec3(0.75, 0.85, 1.0), step(0.82, fract(luck.g * 37.0)));
    float depth_in = 0.55 + 0.45 * smoothstep(-0.3, 0.3, fract(cell.y) - 0.5) + 0.4 * (fract(luck.g * 91.0) - 0.5);
    emitted = pane * mix(glass, warm * 1.3 * depth_in, lit);
    albedo = mix(albedo, albedo * 0.55, frame) * (1.0 - pane);
    bloom = pane * lit * 0.35;
    shine = 0.02;
#endif
#if KIND == GRID
    vec2 g = abs(fract(at.xz / 2.0 + 0.5) - 0.5) * 2.0;
    vec2 blur = fwidth(at.xz) * 0.5;
    vec2 core = (1.0 - smoothstep(vec2(0.02), 0.05 + blur * 1.2, g)) * clamp(0.09 / (blur + 0.02), 0.0, 1.0);
    float halo = max(exp(-g.x * 9.0), exp(-g.y * 9.0)) * 0.22;
    emitted = (max(core.x, core.y) * 2.2 + halo) * colour;
    albedo = vec3(0.012, 0.008, 0.02);
    bloom = max(core.x, core.y) * 0.7;
    shine = 0.1;
#endif
#if KIND == GLOW
    emitted = colour * 2.6;
    albedo = vec3(0.0);
    bloom = 0.75 * max(colour.r, max(colour.g, colour.b));
#endif
#if KIND == WATER
    vec2 flow = at.xz;
    float t = eye.w;
    vec2 w1 = texture(noise_map, flow * 0.021 + vec2(t * 0.012, t * 0.007)).ba - 0.5;
    vec2 w2 = texture(noise_map, flow.yx * 0.083 + vec2(-t * 0.021, t * 0.017)).ba - 0.5;
    vec2 w3 = texture(noise_map, flow * 0.31 + vec2(t * 0.05, -t * 0.041)).ba - 0.5;
    float near_by = 1.0 / (1.0 + distance * 0.02);
    vec2 slope = (w1 * 0.55 + w2 * 0.45 + w3 * 0.35 * near_by) * (0.25 + 0.5 * weather.z);
    normal = normalize(vec3(-slope.x, 1.0, -slope.y));
    vec3 bounce = reflect(ray, normal);
    bounce.y = abs(bounce.y);
    float facing = clamp(dot(-ray, normal), 0.0, 1.0);
    float fresnel = 0.03 + 0.97 * pow(1.0 - facing, 5.0) * 0.85;
    vec3 sky = sky_gradient(bounce);
    float s = max(dot(bounce, sun.xyz), 0.0);
    float s2 = s * s, s8 = s2 * s2 * s2 * s2, s64 = s8 * s8 * s8 * s8 * s8 * s8 * s8 * s8;
    vec3 deep = albedo * (above.rgb * 0.55 + sun_colour.rgb * max(sun.y, 0.0) * 0.25);
#if MIRROR
    sky *= 0.0;
#endif
    emitted = mix(deep, sky, fresnel) + sun_colour.rgb * (s64 * s64 * s64 * 5.0 + s64 * 0.25) * (1.0 - 0.8 * clouds.x * clouds.x);
    bloom = clamp(s64 * s64 * s64 * 1.5, 0.0, 0.8);
    albedo = vec3(0.0);
    shine = 0.3;
    sharp = 90.0;
#endif

    // Light: sky and ground from everywhere, the sun through its shadows, the camera's fill, lamps.
    vec3 light = mix(below.rgb, above.rgb, normal.y * 0.5 + 0.5);
    vec3 gleam = vec3(0.0);
    float towards = dot(normal, -ray);
    light += fill.rgb * (0.35 + 0.65 * max(dot(normal, normalize(up.xyz * 0.6 - forward.xyz - right.xyz * 0.5)), 0.0)) * (PARTS == 1 ? 1.0 : fill.w);
#if PARTS
    float edge_light = (1.0 - max(towards, 0.0)) * (1.0 - max(towards, 0.0));
    light += (above.rgb + glow.rgb * 0.5) * edge_light * max(normal.y * 0.6 + 0.5, 0.0) * 0.7;
#endif
#if SUNLIT
    float facing_sun = dot(normal, sun.xyz);
    float direct = max((facing_sun + soft) / (1.0 + soft), 0.0);
#if KIND == LEAF
    direct = max(direct, 0.75 * max(-facing_sun, 0.0)) + 0.12;
#endif
    float shadow = sunlight(normal);
    light += sun_colour.rgb * direct * shadow;
#if KIND != WATER
    gleam += sun_colour.rgb * shadow * highlight(max(dot(normalize(sun.xyz - ray), normal), 0.0), sharp) * (sharp * 0.06 + 0.4);
#endif
#endif
#if LAMPS
    for (int i = 0; i < int(tone.w); i++) {
        vec3 to = lamp_place[i].xyz - at;
        float d2 = dot(to, to), reach = lamp_place[i].w;
        float fade = max(1.0 - d2 / (reach * reach), 0.0);
        to *= inversesqrt(d2 + 0.01);
        vec3 arriving = lamp_colour[i].rgb * fade * fade / (0.35 + d2 * 3.0 / reach);
        light += arriving * max((dot(normal, to) + soft) / (1.0 + soft), 0.0);
        gleam += arriving * highlight(max(dot(normalize(to - ray), normal), 0.0), sharp) * (sharp * 0.06 + 0.4);
    }
#endif
    light += weather.w * vec3(0.8, 0.9, 1.1) * (0.4 + 0.6 * max(normal.y, 0.0));

#if KIND == GENERIC || KIND == PAVING
    float snowed = weather.y * smoothstep(0.35, 0.75, normal.y + (coarse.r - 0.5) * 0.5) * (PARTS == 1 ? 0.25 : 1.0);
    albedo = mix(albedo, vec3(0.78, 0.82, 0.88), snowed);
#endif
    albedo *= 1.0 - 0.45 * wet;
    vec3 result = albedo * light + gleam * (shine + wet * 0.15) + emitted;
#if KIND == GLOSSY || KIND == TILES
    vec3 mirror = reflect(ray, normal);
    vec3 seen = above.w > 0.5 ? mix(below.rgb, above.rgb, mirror.y * 0.5 + 0.5) * 1.2
                              : mix(below.rgb, sky_gradient(mirror), smoothstep(-0.12, 0.08, mirror.y));
    float rim = 1.0 - max(towards, 0.0);
    float share = shine * 0.25 + (1.0 - shine * 0.25) * rim * rim * rim * rim * 0.7;
#if KIND == GLOSSY
    share = mix(share, 0.75, metal);
    result += seen * share * mix(vec3(1.0), albedo * 1.6, metal);
#else
    result += seen * share * 0.45;
#endif
#endif
    float fade_up = fog.y * (at.y - eye.y);
    float thick = exp(-fog.y * max(eye.y - fog.z, 0.0)) * (abs(fade_up) < 0.01 ? 1.0 : (1.0 - exp(-fade_up)) / fade_up);
    float clear = exp(-fog.x * distance * max(thick, 0.0));
    vec3 haze = mix(sky_gradient(vec3(ray.x, max(ray.y, 0.0) * 0.7 + 0.015, ray.z)), fog_colour.rgb, fog.w);
    vec3 filmed = film(mix(haze, result, clear));
#if MIRROR
    vec2 screen = gl_FragCoord.xy * vec2(forward.w, below.w);
#if KIND == WATER
    vec2 bend = vec2(slope.x, slope.y * 1.6 + slope.x * 0.3) * 0.42 / (1.0 + distance * 0.03);
    vec4 mirrored = texture(mirror_map, screen + bend);
    filmed = filmed * (1.0 - fresnel * clear) + mirrored.rgb * fresnel * clear;
    bloom += mirrored.a * fresnel * 0.5;
#elif KIND == GENERIC || KIND == PAVING
    // Wet ground: puddles mirror sharply, damp parts smear what they mirror downwards.
    float puddle = smoothstep(0.38, 0.62, coarse.r);
    float level = wet * (1.0 - smoothstep(0.15, 0.6, abs(at.y)));
    float grazing = 1.0 - max(towards, 0.0);
    float share = level * mix(0.30, 0.80, puddle) * (0.12 + 0.88 * grazing * grazing * grazing) * clear;
    vec2 bend = (coarse.ba - 0.5) * mix(0.030, 0.008, puddle);
    float smear = mix(0.030, 0.006, puddle);
    vec4 mirrored = texture(mirror_map, screen + bend) * 0.4 + texture(mirror_map, screen + bend + vec2(0.0, smear)) * 0.3
                  + texture(mirror_map, screen + bend - vec2(0.0, smear)) * 0.3;
    filmed = mix(filmed, max(filmed * 0.6, mirrored.rgb), share) + mirrored.rgb * mirrored.a * share * 0.5;
#endif
#endif
    picture = vec4(filmed, bloom * clear);
}
