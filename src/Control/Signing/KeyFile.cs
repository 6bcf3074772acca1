using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Snapback.Control.Signing;

/// <summary>
/// The secret file that all replicas share: one key a line, the newest first, at most two. The first signs, both are believed,
/// so that a rotation throws nobody out.
/// </summary>
internal static class KeyFile
{
    private const int MostKeys = 2;

    private const string Form =
        "Write lines of an id (1 to 16 letters and digits), a blank and at least 32 random bytes in base64, or let 'snapback keys rotate' write them.";

    /// <exception cref="InvalidDataException">It holds something else.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ImmutableArray<SigningKey> Read(string file)
    {
        var lines = File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
        var keys = lines.Select(SigningKey.TryParse).ToList();
        if (keys.IndexOf(null) is >= 0 and var bad)
        {
            // Never the line itself: it may be a secret with a slip in it.
            throw new InvalidDataException($"Key {bad + 1} of '{file}' is not a key. {Form}");
        }

        if (keys.Count is 0 or > MostKeys || keys.DistinctBy(key => key!.Id).Count() < keys.Count)
        {
            throw new InvalidDataException($"'{file}' holds {keys.Count} keys; one or two with different ids are wanted. {Form}");
        }

        return [.. keys.OfType<SigningKey>()];
    }

    /// <summary>A new key before the others; the third is forgotten.</summary>
    /// <returns>The ids that are believed now, the newest first.</returns>
    public static ImmutableArray<string> Rotate(string file)
    {
        var before = File.Exists(file) ? Read(file) : [];
        ImmutableArray<SigningKey> keys =
        [
            new SigningKey(RandomNumberGenerator.GetHexString(8, lowercase: true), RandomNumberGenerator.GetBytes(SigningKey.SecretBytes)),
            .. before.Take(MostKeys - 1),
        ];
        Write(file, keys);
        return [.. keys.Select(key => key.Id)];
    }

    /// <summary>Whole or not at all.</summary>
    private static void Write(string file, IEnumerable<SigningKey> keys)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var temporary = $"{file}.{Environment.ProcessId}";
        try
        {
            using (var writer = new StreamWriter(PrivateFile.Open(temporary, FileMode.Create)))
            {
                foreach (var key in keys)
                {
                    writer.WriteLine(key);
                }
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch
        {
            // Where the disk is full, half a secret would stay.
            File.Delete(temporary);
            throw;
        }
    }
}
