in vec3 ray;
out vec4 picture;

float stars(vec3 d) {
    vec3 a = abs(d);
    vec2 p = a.y > max(a.x, a.z) ? d.xz / a.y : (a.x > a.z ? d.zy / a.x + 3.0 : d.xy / a.z + 7.0);
    p *= 38.0;
    vec2 id = floor(p);
    vec4 luck = texture(noise_map, (id + 0.5) / 256.0);
    vec4 more = texture(noise_map, (id.yx + vec2(91.5, 33.5)) / 256.0);
    vec2 where = vec2(0.2) + 0.6 * vec2(more.g, fract(luck.g * 17.0));
    float size = 0.05 + 0.07 * fract(more.g * 29.0);
    float bright = smoothstep(0.55, 0.95, luck.g) * (0.75 + 0.25 * sin(eye.w * (1.0 + 3.0 * more.g) + luck.g * 60.0));
    float blur = fwidth(p.x) + fwidth(p.y);
    float d2 = length(fract(p) - where);
    return bright * (1.0 - smoothstep(size * 0.3, size + min(blur * 0.5, 0.2), d2));
}

void main() {
    vec3 d = normalize(ray);
    vec3 light = sky_gradient(vec3(d.x, max(d.y, 0.0), d.z));
    float bloom = 0.0;
    float s = max(dot(d, sun.xyz), 0.0);
#if SKY == OPEN
    float height = max(d.y, 0.0);
    vec2 plane = d.xz / (height + 0.13);
    vec2 drift = vec2(eye.w * 0.004, eye.w * 0.0016) * clouds.w;
    vec4 big = texture(noise_map, plane * 0.055 + drift);
    vec4 small = texture(noise_map, plane * 0.19 + drift * 1.9);
    float dense = big.r * 0.72 + small.r * 0.28;
    float cover = smoothstep(1.0 - clouds.x, 1.0 - clouds.x + clouds.y, dense) * smoothstep(0.0, 0.1, height);
    vec2 to_sun = normalize(sun.xz + 0.001) * 0.02;
    float thicker = texture(noise_map, plane * 0.055 + drift + to_sun).r * 0.72 + small.r * 0.28;
    float lit = clamp(0.55 + (dense - thicker) * 5.0, 0.0, 1.0);
#if STARS
    light += stars(d) * zenith.w * (1.0 - cover) * smoothstep(0.02, 0.25, d.y) * vec3(0.9, 0.95, 1.1);
#endif
    float edge = mix(0.99955, 0.9989, sun.w);
    float disc = smoothstep(edge - 0.00025, edge, s) * (1.0 - cover * 0.9);
    vec2 face = vec2(dot(d, vec3(sun.z, 0.0, -sun.x)), d.y - sun.y) * 11.0;
    vec3 disc_colour = mix(glow.rgb * 3.0 + 1.0, vec3(0.95, 0.97, 1.0) * (0.65 + 0.7 * texture(noise_map, face * 0.09 + 0.3).r), sun.w);
    vec3 cloud = mix(cloud_colour.rgb * 0.45, cloud_colour.rgb, lit) + glow.rgb * s * s * s * s * 0.6 * lit;
    light = mix(light, cloud * clouds.z, cover * 0.85);
    light += disc * disc_colour * glow.w;
    bloom = disc * 0.8 * min(glow.w, 1.0) + s * s * s * s * s * s * s * s * 0.0;
    light += weather.w * vec3(0.5, 0.55, 0.7) * (0.4 + cover);
#elif SKY == SYNTH
    vec3 flat_sun = normalize(vec3(0.0, 0.135, -1.0));
    vec2 q = vec2(d.x, d.y - flat_sun.y) / max(-d.z, 0.05) / 0.30;
    float r = length(q);
    float blur = fwidth(r) * 1.5;
    float inside = (1.0 - smoothstep(1.0 - blur, 1.0, r)) * step(d.z, -0.05);
    float band = q.y * 6.5 - eye.w * 0.12;
    float gap = smoothstep(0.0, 0.12, fract(band) - clamp(0.30 - q.y * 0.55, 0.0, 0.75));
    gap = mix(gap, 1.0, smoothstep(0.35, 0.5, q.y));
    vec3 disc = mix(vec3(1.6, 0.08, 0.55), vec3(1.9, 1.25, 0.25), smoothstep(-0.8, 0.8, q.y));
    light += vec3(0.55, 0.06, 0.42) * exp(-max(r - 1.0, 0.0) * 2.2) * step(d.z, 0.0) * 0.55;
    light += stars(d) * vec3(1.0, 0.85, 1.2) * smoothstep(0.08, 0.4, d.y) * (1.0 - inside);
    light = mix(light, disc, inside * gap);
    bloom = inside * gap * 0.55;
#elif SKY == SPACE
    vec3 a = abs(d);
    vec2 p = a.y > max(a.x, a.z) ? d.xz : (a.x > a.z ? d.zy + 2.0 : d.xy + 5.0);
    p = d.xy * 0.6 + d.z * vec2(0.33, -0.21);
    vec4 n1 = texture(noise_map, p * 0.45 + 0.1), n2 = texture(noise_map, p * 1.3 + n1.ba * 0.2), n3 = texture(noise_map, p * 3.1);
    float cloud = smoothstep(0.42, 0.95, n1.r * 0.6 + n2.r * 0.3 + n3.r * 0.12);
    float band = exp(-pow(d.y * 1.5 + d.x * 0.6 - 0.25, 2.0) * 5.0);
    light = vec3(0.004, 0.005, 0.012) + glow.rgb * cloud * cloud * (0.15 + band) + zenith.rgb * (n2.r * band * 0.6 + cloud * 0.25);
    light += stars(d) * vec3(1.5) + stars(d.yzx * vec3(1.0, -1.0, 1.0)) * vec3(0.7, 0.8, 1.1) * (0.3 + band);
    bloom = stars(d) * 0.4;
#elif SKY == UNDERWATER
    float up_share = smoothstep(-0.5, 0.9, d.y);
    light = mix(horizon.rgb * 0.55, zenith.rgb, up_share);
    vec2 fan = d.xz / (d.y + 0.55);
    float angle = atan(fan.x, 2.2 - fan.y);
    float shafts = texture(noise_map, vec2(angle * 0.55 + eye.w * 0.006, eye.w * 0.008)).r
                 * texture(noise_map, vec2(angle * 1.1 - eye.w * 0.009, 0.5 + eye.w * 0.005)).r;
    light += glow.rgb * smoothstep(0.22, 0.55, shafts) * up_share * 0.7;
    light += glow.rgb * smoothstep(0.75, 1.0, d.y) * 0.5;
#else
    light = fog_colour.rgb;
#endif
#if SKY == OPEN
    light = mix(light, mix(sky_gradient(vec3(d.x, 0.015, d.z)), fog_colour.rgb, fog.w), exp(-max(d.y, 0.0) * 9.0 / (0.08 + fog.x * 40.0)) * min(fog.x * 60.0, 1.0));
    // Clouds thin out into the fog of thick weather.
    light = mix(light, mix(horizon.rgb, fog_colour.rgb, fog.w), clamp(fog.x * 14.0 - 0.2, 0.0, 0.9));
#endif
    picture = vec4(film(light) + (texture(noise_map, gl_FragCoord.xy / 256.0).g - 0.5) / 255.0, bloom);
}
