// A matrix product in tiles that a workgroup shares: the kernel before it says what its operands are (`shape`, `left_block`,
// `right_block`) and where a result goes (`store`). Of $SPLIT slices of a workgroup each sums up every $SPLITth piece of the
// depth, in its own tiles, and in the end the slices are added up. An invocation holds 4·$ROWS × 4·$COLS results in registers,
// in blocks of 4 × 4 that lie $HIGH and $WIDE blocks apart, so that neighbours read and write what lies side by side.
#if TILED
// [SPLIT][DEPTH][HIGH·ROWS] and [SPLIT][DEPTH][WIDE·COLS]: four rows, and four columns, of each step of the depth.
var<workgroup> left: array<vec4<f32>, $LEFT_VECTORS>;
var<workgroup> right: array<vec4<f32>, $RIGHT_VECTORS>;

@compute @workgroup_size($WIDE, $HIGH, $SPLIT)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    let row = group.y * $TALLu;
    let column = group.x * $BROADu;
    let lane = id.y * $WIDEu + id.x;
    let left_start = id.z * $DEPTHu * $TALLu;
    let right_start = id.z * $DEPTHu * $BROADu;
    let depth = depth();
#repeat r ROWS
#repeat c COLS
#repeat i 4
    var sum$r_$i_$c = vec4<f32>();
#end
#end
#end
    for (var start = 0u; start < depth; start += $DEPTHu * $SPLITu) {
        let step = (start + id.z * $DEPTHu) / 4u;
        for (var at = lane; at < $BLOCKSu; at += $LANESu) {
            if at < $LEFT_BLOCKSu {
#if LEFT_ALONG
                let place = vec2(at / ($DEPTHu / 4u), at % ($DEPTHu / 4u));
#else
                let place = vec2(at % $TALLu, at / $TALLu);
#end
                let block = left_block(row + place.x, step + place.y);
#repeat i 4
                left[left_start + (4u * place.y + $iu) * $TALLu + place.x] = block[$i];
#end
            } else {
                let rest = at - $LEFT_BLOCKSu;
#if RIGHT_ALONG
                let place = vec2(rest / ($DEPTHu / 4u), rest % ($DEPTHu / 4u));
#else
                let place = vec2(rest % $BROADu, rest / $BROADu);
#end
                let block = right_block(column + place.x, step + place.y);
#repeat i 4
                right[right_start + (4u * place.y + $iu) * $BROADu + place.x] = block[$i];
#end
            }
        }
        workgroupBarrier();
        for (var k = 0u; k < $DEPTHu; k++) {
#repeat r ROWS
            let a$r = left[left_start + k * $TALLu + $ru * $HIGHu + id.y];
#end
#repeat c COLS
            let b$c = right[right_start + k * $BROADu + $cu * $WIDEu + id.x];
#repeat r ROWS
#repeat i 4
            sum$r_$i_$c += a$r[$i] * b$c;
#end
#end
#end
        }
        workgroupBarrier();
    }
#if HALVES
    // The upper half of the slices hands its sums to the lower, until one is left.
    for (var slices = $SPLITu / 2u; slices > 0u; slices /= 2u) {
        let place = (id.z % slices) * $LANESu + lane;
#repeat i 4
        if id.z >= slices && id.z < 2u * slices { left[place] = sum0_$i_0; }
        workgroupBarrier();
        if id.z < slices { sum0_$i_0 += left[place]; }
        workgroupBarrier();
#end
    }
    if id.z > 0u { return; }
#end
#repeat r ROWS
#repeat c COLS
#repeat i 4
    store(4u * (row + $ru * $HIGHu + id.y) + $iu, column + $cu * $WIDEu + id.x, sum$r_$i_$c);
#end
#end
#end
}
#end
