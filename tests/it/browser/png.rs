//! Makes a screenshot small: at most 256 colours, well compressed. Chromium writes every pixel in full colour.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

type Colour = [u8; 3];

/// Takes a PNG as Chromium writes it (8 bits, RGB or RGBA, not interlaced) and writes it with a palette.
pub fn smaller(png: &[u8]) -> Vec<u8> {
    let (width, pixels) = pixels(png);
    let height = pixels.len() / width;
    let mut counted = HashMap::<Colour, usize>::new();
    for pixel in &pixels {
        *counted.entry(*pixel).or_default() += 1;
    }
    let mut palette: Vec<(usize, Colour)> =
        counted.into_iter().map(|(colour, count)| (count, colour)).collect();
    palette.sort_unstable_by(|left, right| right.cmp(left));
    let palette: Vec<Colour> = palette.into_iter().take(256).map(|(_, colour)| colour).collect();

    let mut nearest = HashMap::<Colour, u8>::new();
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in pixels.chunks(width) {
        let indexes =
            row.iter().map(|pixel| *nearest.entry(*pixel).or_insert_with(|| closest(&palette, *pixel)));
        // Each row begins with its filter: none suits a palette best.
        let row: Vec<u8> = [0].into_iter().chain(indexes).collect();
        rows.write_all(&row).unwrap();
    }
    let mut header = [(width as u32).to_be_bytes(), (height as u32).to_be_bytes()].concat();
    header.extend([8, 3, 0, 0, 0]);
    let mut small = png[..8].to_vec();
    chunk(&mut small, b"IHDR", &header);
    chunk(&mut small, b"PLTE", &palette.concat());
    chunk(&mut small, b"IDAT", &rows.finish().unwrap());
    chunk(&mut small, b"IEND", &[]);
    small
}

fn closest(palette: &[Colour], wanted: Colour) -> u8 {
    let distance = |colour: &Colour| -> u32 {
        colour.iter().zip(wanted).map(|(have, want)| u32::from(have.abs_diff(want)).pow(2)).sum()
    };
    let best = palette.iter().enumerate().min_by_key(|(_, colour)| distance(colour));
    best.unwrap().0 as u8
}

/// The width and every pixel, row by row.
fn pixels(png: &[u8]) -> (usize, Vec<Colour>) {
    let mut rest = &png[8..];
    let (mut width, mut depth, mut packed) = (0, 3, Vec::new());
    while rest.len() >= 12 {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let body = &rest[8..8 + length];
        match &rest[4..8] {
            b"IHDR" => {
                width = u32::from_be_bytes(body[..4].try_into().unwrap()) as usize;
                assert!(body[8] == 8 && [2, 6].contains(&body[9]) && body[12] == 0, "{body:?}");
                depth = if body[9] == 2 { 3 } else { 4 };
            }
            b"IDAT" => packed.extend_from_slice(body),
            _ => {}
        }
        rest = &rest[12 + length..];
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    let mut above = vec![0; width * depth];
    let mut pixels = Vec::new();
    for line in bytes.chunks(1 + width * depth) {
        let row = unfiltered(line[0], &line[1..], &above, depth);
        pixels.extend(row.chunks(depth).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        above = row;
    }
    (width, pixels)
}

/// The filters of PNG (third edition) §9.2.
fn unfiltered(filter: u8, line: &[u8], above: &[u8], depth: usize) -> Vec<u8> {
    let mut row = vec![0_u8; line.len()];
    for index in 0..line.len() {
        let left = if index < depth { 0 } else { row[index - depth] };
        let corner = if index < depth { 0 } else { above[index - depth] };
        let up = above[index];
        let guess = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
            4 => {
                let sum = i16::from(left) + i16::from(up) - i16::from(corner);
                let by = |from: u8| (sum - i16::from(from)).abs();
                if by(left) <= by(up) && by(left) <= by(corner) {
                    left
                } else if by(up) <= by(corner) {
                    up
                } else {
                    corner
                }
            }
            other => panic!("filter {other}"),
        };
        row[index] = line[index].wrapping_add(guess);
    }
    row
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    png.extend((body.len() as u32).to_be_bytes());
    let begin = png.len();
    png.extend(name);
    png.extend(body);
    let mut crc = flate2::Crc::new();
    crc.update(&png[begin..]);
    png.extend(crc.sum().to_be_bytes());
}
