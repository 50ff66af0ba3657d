//! What an image is, for people.

use super::serial;
use beige_host::Geometry;
use beige_host::inspect::{
    BootSector, FatVolume, FileSystem, GeometrySource, Inspection, Medium, ParameterBlock, PartitionInfo, Translation,
    Volume,
};

/// Entries of a root directory that are shown.
const ROOT_SHOWN: usize = 12;

/// Lines that begin with the name of the image and what it seems to be.
pub(super) fn image(name: &str, image: &Inspection) -> String {
    let mut lines = vec![format!("{name}: {}", image.seems)];
    let mut add = |title: &str, text: String| lines.push(format!("  {title:<12}{text}"));
    let format = image.container.as_ref().map_or("raw", |container| container.name);
    add("file", format!("{} bytes, {format}", image.bytes));
    if let Some(container) = &image.container {
        add("to use it", container.remedy.replace("IMAGE", name));
        return lines.join("\n");
    }
    if let Some(problem) = &image.problem {
        add("problem", format!("it {problem}"));
    }
    if let Some(found) = &image.medium {
        add("medium", medium(found));
    }
    if image.medium.is_some() {
        add("boot sector", boot_sector(&image.boot));
    }
    if let Some(block) = &image.boot.parameter_block {
        add("parameters", parameters(block));
    }
    for found in &image.partitions {
        add(&format!("partition {}", found.number), partition(found));
    }
    for found in &image.volumes {
        add("file system", volume(found));
        if let FileSystem::Fat(fat) = &found.file_system {
            add("root", root(fat));
        }
    }
    lines.join("\n")
}

fn chs(geometry: Geometry) -> String {
    format!("{}/{}/{}", geometry.cylinders, geometry.heads, geometry.sectors)
}

fn medium(medium: &Medium) -> String {
    match medium {
        Medium::Floppy { format, stored_sectors } => {
            let total = format.geometry.total_sectors();
            let short = if *stored_sectors < total {
                format!(", only {stored_sectors} of {total} sectors")
            } else {
                String::new()
            };
            format!("{} floppy by its size, C/H/S {}{short}", format.name, chs(format.geometry))
        }
        Medium::HardDisk(disk) => {
            let source = match disk.source {
                GeometrySource::PartitionTable => "its partition table",
                GeometrySource::ParameterBlock => "the parameter block of its file system",
                GeometrySource::Size => "its size, nothing on it tells more",
            };
            let drive = match disk.translation {
                Translation::None => String::new(),
                Translation::LbaAssist => format!(", the drive has {}", chs(disk.physical)),
            };
            format!("hard disk, C/H/S {} by {source}{drive}", chs(disk.logical))
        }
    }
}

fn boot_sector(boot: &BootSector) -> String {
    let signature = if boot.has_signature { "signature 55AA" } else { "no signature 55AA" };
    let code = if boot.has_code { "code" } else { "no code" };
    let oem = boot.oem_name.as_deref().map(|name| format!(", OEM name \"{name}\"")).unwrap_or_default();
    format!("{signature}, {code}{oem}")
}

fn parameters(block: &ParameterBlock) -> String {
    let ParameterBlock { sector_bytes, cluster_sectors, reserved, fats, root_entries, sectors, .. } = block;
    let ParameterBlock { media, fat_sectors, track_sectors, heads, hidden, .. } = block;
    format!(
        "{sectors} sectors of {sector_bytes} bytes, {cluster_sectors} to a cluster, {reserved} reserved, {fats} FATs of \
         {fat_sectors}, {root_entries} root entries, media {media:02X}h, {track_sectors} sectors to a track, {heads} \
         heads, {hidden} hidden"
    )
}

fn partition(found: &PartitionInfo) -> String {
    let active = if found.active { "active, " } else { "" };
    let last = found.first_lba.saturating_add(found.sectors).saturating_sub(1);
    let [start, end] = [found.first_chs, found.last_chs].map(|[c, h, s]| format!("{c}/{h}/{s}"));
    let fits = if found.fits { "" } else { ", ends beyond the image" };
    format!(
        "{active}{} ({:02X}h), sectors {} to {last} ({} KiB), C/H/S {start} to {end}{fits}",
        found.type_name(),
        found.kind,
        found.first_lba,
        found.sectors / 2
    )
}

fn volume(volume: &Volume) -> String {
    let place = volume.partition.map(|number| format!(" on partition {number}")).unwrap_or_default();
    let said = |label: &Option<String>| label.as_deref().map_or("none".to_owned(), |label| format!("\"{label}\""));
    match &volume.file_system {
        FileSystem::Other { name, label } => format!("{name}{place}, label {}", said(label)),
        FileSystem::Fat(fat) => {
            let FatVolume { bits, cluster_bytes, clusters, free_clusters, boot_label, label, serial: number, .. } =
                &**fat;
            let free = free_clusters.map_or("free ones not counted".to_owned(), |free| format!("{free} free"));
            let number = number.map_or("none".to_owned(), serial);
            format!(
                "FAT{bits}{place}, label {}, in the boot sector {}, serial number {number}, {clusters} clusters of \
                 {cluster_bytes} bytes, {free}",
                said(label),
                said(boot_label)
            )
        }
    }
}

fn root(fat: &FatVolume) -> String {
    if fat.root.is_empty() {
        return "empty".to_owned();
    }
    let shown = fat.root.iter().take(ROOT_SHOWN).map(|entry| match entry.is_directory {
        true => format!("{}/", entry.name),
        false => format!("{} {}", entry.name, entry.bytes),
    });
    let more = match (fat.root.len().saturating_sub(ROOT_SHOWN), fat.has_more) {
        (0, _) => String::new(),
        (more, false) => format!(", {more} more"),
        (_, true) => ", many more".to_owned(),
    };
    shown.collect::<Vec<_>>().join(", ") + &more
}
