using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A JSON file whose sections know their children. The framework's own provider goes through all keys of the file for every
/// section that is asked for its children: with ten thousand routes the start would take hours.
/// </summary>
internal sealed class IndexedJson : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    internal sealed class Provider : JsonConfigurationProvider
    {
        private readonly IndexedJson _source;
        private readonly IDisposable? _watch;
        private volatile Dictionary<string, string[]> _children = [];

        /// <summary>What was read last. The framework's own <c>Data</c> is emptied when a file is away for a moment, and a switch that was off
        /// would be on.</summary>
        private volatile IDictionary<string, string?> _values = new Dictionary<string, string?>();

        private bool _isLoaded;
        private string? _unreadable;

        public Provider(IndexedJson source)
            : base(source)
        {
            _source = source;
            // Must come before the framework's own watch of the same file, which throws at nobody if the file may not be read.
            _watch = source.ReloadOnChange ? ChangeToken.OnChange(() => source.FileProvider!.Watch(source.Path!), SayIfUnreadable) : null;
        }

        /// <summary>Why the file's present contents are not the ones that hold; null if they are.</summary>
        public string? Problem => _unreadable
            ?? (_source.Optional || File.Exists ? null : $"There is no file '{_source.Path}' any more. Put it back.");

        private IFileInfo File => _source.FileProvider!.GetFileInfo(_source.Path!);

        public override void Load(Stream stream)
        {
            try
            {
                base.Load(stream);
                (_isLoaded, _unreadable) = (true, null);
            }
            catch (FormatException e) when (_isLoaded)
            {
                // Somebody may be in the middle of writing it. The framework would silently go on with an empty configuration.
                _unreadable = $"The file '{_source.Path}' cannot be read: {ConfigurationFiles.Cause(e.GetBaseException())} Correct it.";
                return;
            }

            _values = Data;
            var children = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
            var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var key in Data.Keys)
            {
                Add(children, known, key);
            }

            // These live as long as the process, so arrays have no spare room, and a key that many sections have is stored once.
            var words = new HashSet<string>(StringComparer.Ordinal);
            _children = children.ToDictionary(section => section.Key, section => Sorted(section.Value, words), StringComparer.OrdinalIgnoreCase);
        }

        public override bool TryGet(string key, out string? value) => _values.TryGetValue(key, out value);

        public override void Set(string key, string? value) => _values[key] = value;

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            var own = _children.GetValueOrDefault(parentPath ?? "") ?? [];
            return earlierKeys.Any() ? own.Concat(earlierKeys).Order(ConfigurationKeyComparer.Instance) : own;
        }

        protected override void Dispose(bool disposing)
        {
            _watch?.Dispose();
            base.Dispose(disposing);
            (_source.FileProvider as IDisposable)?.Dispose();
        }

        private void SayIfUnreadable()
        {
            try
            {
                if (File is { Exists: true } file)
                {
                    using var stream = file.CreateReadStream();
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _unreadable = $"{e.Message} Let the user that snapback runs as read it, and write it once more.";
                OnReload();
            }
        }

        private static string[] Sorted(List<string> siblings, HashSet<string> words)
        {
            siblings.Sort(ConfigurationKeyComparer.Instance);
            return [.. siblings.Select(key => words.TryGetValue(key, out var known) || words.Add(known = key) ? known : key)];
        }

        /// <summary>The key, and every section above it that was not met before.</summary>
        private static void Add(Dictionary<string, List<string>> children, HashSet<string> known, string path)
        {
            while (known.Add(path))
            {
                var parent = ConfigurationPath.GetParentPath(path) ?? "";
                if (!children.TryGetValue(parent, out var siblings))
                {
                    children[parent] = siblings = [];
                }

                siblings.Add(ConfigurationPath.GetSectionKey(path));
                if (parent.Length == 0)
                {
                    return;
                }

                path = parent;
            }
        }
    }
}
