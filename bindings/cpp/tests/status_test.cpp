// Errors: each status has its code, and code that knows std::errc understands them.
#include "harness.hpp"

#include <algorithm>
#include <cctype>

namespace {

const std::vector<std::pair<errc, std::string>> codes = {
    {errc::ok, "ok"},
    {errc::timeout, "timeout"},
    {errc::no_value, "no_value"},
    {errc::interrupted, "interrupted"},
    {errc::closed, "closed"},
    {errc::invalid_handle, "invalid_handle"},
    {errc::destroyed, "destroyed"},
    {errc::invalid_argument, "invalid_argument"},
    {errc::not_acquired, "not_acquired"},
    {errc::not_owner, "not_owner"},
    {errc::busy, "busy"},
    {errc::overflow, "overflow"},
    {errc::broken, "broken"},
    {errc::already_started, "already_started"},
    {errc::not_started, "not_started"},
    {errc::would_deadlock, "would_deadlock"},
    {errc::dummy, "dummy"},
    {errc::no_resources, "no_resources"},
    {errc::shutting_down, "shutting_down"},
    {errc::not_permitted, "not_permitted"},
};

TEST(Status, EveryEnumeratorHasTheNameAndNumberOfItsStatus) {
    for (const auto &[code, name] : codes) {
        std::string upper = "THREADING_" + name;
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](unsigned char c) { return std::toupper(c); });
        EXPECT_EQ(threading::status_name(code), upper);
    }
}

TEST(Status, NoStatusOfTheLibraryIsWithoutEnumerator) {
    const std::string unknown = threading_status_name(12345);
    int known = 0;
    for (int number = -1000; number <= 1000; number++) {
        known += threading_status_name(number) != unknown;
    }
    EXPECT_EQ(known, static_cast<int>(codes.size()));
}

TEST(Status, TheCategoryIsOurOwnAndSpeaksForPersons) {
    EXPECT_STREQ(threading::error_category().name(), "threading");
    EXPECT_EQ(&threading::error_category(), &threading::make_error_code(errc::busy).category());
    for (const auto &[code, name] : codes) {
        EXPECT_EQ(threading::make_error_code(code).message(), threading::status_message(code));
        EXPECT_FALSE(threading::make_error_code(code).message().empty());
    }
}

TEST(Status, ACodeComparesWithTheEnumeratorAndIsFalseOnlyForOk) {
    const std::error_code code = errc::busy;
    EXPECT_TRUE(code == errc::busy);
    EXPECT_FALSE(code == errc::broken);
    EXPECT_TRUE(code);
    EXPECT_FALSE(std::error_code(errc::ok));
}

TEST(Status, CodeThatComparesWithTheStandardsErrcUnderstands) {
    EXPECT_TRUE(make_error_code(errc::timeout) == std::errc::timed_out);
    EXPECT_TRUE(make_error_code(errc::interrupted) == std::errc::interrupted);
    EXPECT_TRUE(make_error_code(errc::invalid_argument) == std::errc::invalid_argument);
    EXPECT_TRUE(make_error_code(errc::not_acquired) == std::errc::operation_not_permitted);
    EXPECT_TRUE(make_error_code(errc::not_owner) == std::errc::operation_not_permitted);
    EXPECT_TRUE(make_error_code(errc::not_permitted) == std::errc::operation_not_permitted);
    EXPECT_TRUE(make_error_code(errc::busy) == std::errc::device_or_resource_busy);
    EXPECT_TRUE(make_error_code(errc::overflow) == std::errc::value_too_large);
    EXPECT_TRUE(make_error_code(errc::would_deadlock) == std::errc::resource_deadlock_would_occur);
    EXPECT_TRUE(make_error_code(errc::no_resources) == std::errc::resource_unavailable_try_again);
    EXPECT_FALSE(make_error_code(errc::broken) == std::errc::broken_pipe);
}

TEST(Status, AnExceptionNamesTheFunctionAndTheReason) {
    threading::lock lock;
    try {
        lock.unlock();
        FAIL() << "nothing was thrown";
    } catch (const std::system_error &error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("threading_lock_release"), std::string::npos) << text;
        EXPECT_NE(text.find(threading::status_message(errc::not_acquired)), std::string::npos)
            << text;
    }
}

TEST(Status, TheVersionIsThatOfTheHeader) {
    EXPECT_EQ(threading::version(), std::to_string(THREADING_VERSION_MAJOR) + "." +
                                        std::to_string(THREADING_VERSION_MINOR) + "." +
                                        std::to_string(THREADING_VERSION_PATCH));
}

} // namespace
